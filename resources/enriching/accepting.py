"""Keeping what was made: bytes under their hash, a receipt in the log, the end of the job; all or nothing visible.

The hashes stand in the attempt before any bytes are kept, and bytes are kept only while no erasure is under way: so
whatever dies in between, an erasure finds what shows its person.

Not here: fetching and drawing (`resources.enriching.lane`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert

from resources import erasures, log
from resources.database import try_lock_transaction
from resources.enriching.book import Book, Claim, execute, given, note, still_held
from resources.tables import EnrichmentArtefact

if TYPE_CHECKING:
    from resources.comfy.picture import Picture

Hashes = dict[str, dict[str, str]]  # by output or artefact
KIND = "artefacts"  # in the storage root


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of an attempt: pictures as fetched, artefacts as finished; what it cost the worker."""

    claim: Claim
    fetched: Mapping[str, Picture]
    made: Mapping[str, Picture]
    worker_ms: int | None = None
    cached: int | None = None

    @property
    def hashes(self) -> dict[str, Hashes]:
        """As the attempt and the receipt say it."""
        return {"fetched": _hashes(self.fetched), "made": _hashes(self.made)}


def _hashes(pictures: Mapping[str, Picture]) -> Hashes:
    return {name: {"sha256": one.sha256, "pixel_sha256": one.pixel_sha256} for name, one in pictures.items()}


def accept(book: Book, finished: Sequence[Finished]) -> tuple[int, list[Finished]]:
    """Keep all of these that are still the lane's: how many; and what has to wait, since an erasure is under way."""
    if not finished:
        return 0, []
    said = [(one, one.hashes) for one in finished]
    rows = [
        {"job": one.claim.job, "attempt": one.claim.attempt, "event": "fetched", "outputs": hashes,
         "worker_ms": one.worker_ms, "cached": one.cached}
        for one, hashes in said
    ]  # fmt: skip
    with book.workspace.database.transaction() as connection:
        change = f"""update enrichment_attempt a set outputs = e.outputs, worker_ms = e.worker_ms, cached = e.cached
            from {given("outputs jsonb, worker_ms bigint, cached int")} where a.job = e.job and a.attempt = e.attempt
                and a.outputs is distinct from e.outputs returning a.job"""
        fresh = execute(connection, change, still_held(connection, book.run_id, rows))
        note(connection, book.run_id, (row for row in rows if row["job"] in fresh))
    with book.workspace.database.transaction() as connection:
        if not try_lock_transaction(connection, erasures.LOCK, shared=True):
            return 0, list(finished)
        rows = still_held(connection, book.run_id, rows)
        _end(connection, rows)
        ended = {row["job"] for row in rows}
        mine = [(one, hashes) for one, hashes in said if one.claim.job in ended]
        for one, _ in mine:
            for picture in (*one.fetched.values(), *one.made.values()):
                book.workspace.storage.put(KIND, picture.data)
        _enter(connection, mine)
        note(connection, book.run_id, ({**row, "event": "accepted"} for row in rows))
    return len(mine), []


def _end(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """End jobs that the lane holds. Only where another job is newer, planning looks at them."""
    jobs = f"""update enrichment_job j set state = 'done', failure = null, next_at = null, lease_until = null,
        ended_at = now(), unseen = exists (select from enrichment_job k where k.canonical_id = j.canonical_id
            and k.template = j.template and k.planned_at > j.planned_at)
        from {given()} where j.job = e.job"""
    execute(connection, jobs, rows)
    attempts = f"""update enrichment_attempt a set state = 'done', ended_at = now() from {given()}
        where a.job = e.job and a.attempt = e.attempt"""
    execute(connection, attempts, rows)


def _enter(connection: Connection, said: list[tuple[Finished, dict[str, Any]]]) -> None:
    rows = []
    for one, hashes in said:
        facts = {"job": one.claim.job, "attempt": one.claim.attempt}
        receipt = {**facts, "prompt_id": one.claim.prompt_id, "worker_ms": one.worker_ms, **hashes}
        seq = log.append(connection, "receipt", receipt, "worker")
        for name, picture in one.made.items():
            said_of = {"name": name, **hashes["made"][name], "media_type": "image/png", "size": len(picture.data)}
            rows.append({**facts, **said_of, "seq": seq})
    if rows:
        connection.execute(insert(EnrichmentArtefact), rows)
