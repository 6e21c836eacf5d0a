"""Evaluating everything anew from the evidence, aside, and comparing it with what is published.

Not here: Dagster (`assets.replay`), and a second way through the stages: these are the ones that runs use.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from identity import stages
from identity.errors import VelocityError
from identity.fields import ENTITIES, RESOLVED, Entity
from identity.frames import EDGE, SIGHTED, record_schema
from identity.ids import Ledger, apply_delta
from identity.mapping import Mapping
from identity.stages import Given
from quality_checks.validation import interpret
from resources import catalog, contracts, decisions, epochs, erasures, ledger, publishing
from resources.erasures import Erasures
from resources.fingerprint import row_texts
from resources.publishing import Draft
from resources.readers import open_evidence
from resources.tables import PUBLISHED
from resources.workspace import Workspace

Progress = Callable[[str], None]
COMPARED = (*PUBLISHED, "canonical_id", "record_home")


@dataclass(frozen=True, slots=True)
class Difference:
    """A table that differs: how many of its rows are only in what is published, or only in what the log gives."""

    table: str
    only_published: int
    only_rebuilt: int

    @property
    def cause(self) -> str:
        """The likeliest cause, in words."""
        if not self.only_rebuilt:
            return "rows were added outside of a publication"
        if not self.only_published:
            return "published rows are missing"
        return "published rows were changed outside of a publication, or by another version of the code"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Outcome of a replay."""

    version: int | None
    differences: list[Difference]

    @property
    def equal(self) -> bool:
        """Whether everything published follows from the log."""
        return not self.differences


def rebuild(workspace: Workspace, progress: Progress) -> Comparison:
    """Rebuild the newest version from evidence and log in another schema and folder, and compare table by table.
    `erasure_unfinished`: then what is published does not follow from what is left, and that is no fault of it.
    """
    _refuse_unfinished(erasures.read(workspace))
    version = publishing.newest(workspace.database)
    if version is None:
        return Comparison(None, [])
    edges = {f"{entity}_live_edges": publishing.live_edges(workspace, entity).select(list(EDGE)) for entity in RESOLVED}
    with workspace.aside("replay") as aside:
        given = _given_again(workspace, progress)
        progress("resolving again")
        with workspace.database.transaction() as connection:
            ledgers = ledger.fold(connection, workspace.storage)
            events = ledger.events(connection, workspace.storage)
        frames = stages.resolve(given, ledgers, version)
        publishing.publish(aside, _whole_draft(frames, ledgers), "replay")
        progress("comparing")
        ours, theirs = (publishing.read_tables(w.database, COMPARED) for w in (workspace, aside))
    ours |= edges | publishing.read_tables(workspace.database, ("id_event",))
    theirs |= {**{name: frames[name].select(list(EDGE)) for name in edges}, "id_event": events}
    found = [_compare(name, ours[name], theirs[name]) for name in ours]
    return Comparison(version, [d for d in found if d.only_published or d.only_rebuilt])


def _refuse_unfinished(found: Erasures) -> None:
    for seq, said in found.unfinished():
        hint = f"finish it: velocity erase contact:{said['erases']} --reason TEXT"
        raise VelocityError("erasure_unfinished", f"erasure {seq} was begun and is not finished", hint)


def _given_again(workspace: Workspace, progress: Progress) -> Given:
    """What the newest version follows from: decisions, and every batch from its bytes."""
    with workspace.database.transaction() as connection:
        upto, batches = catalog.shown(connection)
        judged = decisions.judged(connection, upto)
        people = decisions.overrides(connection, upto)
        epoch = epochs.in_force(connection, workspace.storage, upto)
        rules = contracts.in_force(connection, upto)
        erased = Erasures.read(connection)
    records: dict[Entity, list[pl.DataFrame]] = {e: [pl.DataFrame(schema=record_schema(e))] for e in ENTITIES}
    sighted: dict[Entity, list[pl.DataFrame]] = {e: [pl.DataFrame(schema=SIGHTED)] for e in ENTITIES}
    for number, facts in enumerate(batches, start=1):
        progress(f"reading batch {number} of {len(batches)} again")
        mapping = Mapping.from_dict(facts["rules"])
        facts["received_at"] = dt.datetime.fromisoformat(facts["received_at"])
        place = (facts["sha256"], facts["file"], facts["member"])
        withheld = erased.withheld(workspace.erasure_key, facts["batch"], facts["seq"], place[0], place[2], upto)
        with open_evidence(workspace.storage, erased.evidence(place[0]), *place[1:]) as table:
            made = interpret(table.parts(), mapping, facts["batch"], facts["received_at"], withheld)
        records[mapping.entity].append(made.records)
        sighted[mapping.entity] += [made.sighted] if facts["snapshot"] else []
    cut = catalog.make_cut(batches, upto, follows=0)  # of the schema aside, which is empty
    return Given(
        {entity: pl.concat(parts) for entity, parts in records.items()},
        {entity: pl.concat(parts) for entity, parts in sighted.items()},
        cut,
        judged,
        people,
        epoch,
        rules,
    )


def _whole_draft(frames: dict[str, pl.DataFrame], ledgers: dict[Entity, Ledger]) -> Draft:
    """A draft for an empty schema: it carries the whole ledger, not only what the evaluation changed."""
    draft = Draft.of(frames)
    whole = [pl.concat([getattr(ledgers[e], part) for e in RESOLVED]) for part in ("ids", "homes", "worn")]
    return replace(draft, ledger=apply_delta(Ledger(*whole), draft.ledger))


def _compare(name: str, published: pl.DataFrame, rebuilt: pl.DataFrame) -> Difference:
    left, right = (pl.DataFrame({"row": row_texts(frame, ("version",))}) for frame in (published, rebuilt))
    only = [a.join(b, on="row", how="anti").height for a, b in ((left, right), (right, left))]
    return Difference(name, only[0], only[1])
