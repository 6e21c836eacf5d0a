"""Tables that no publication writes anew: the history of published ones, and pictures with what is known of them.

Rows go that stood under an id of the person, or under another id while that wore a record of theirs. In what was said
of others, the parts of a payload that name the person go, and their keys among those that bear something out.

Not here: published tables, from which a publication takes the rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, or_, select, text

from resources.enriching.looking import forget_all
from resources.erasing.known import Erased
from resources.tables import HISTORY, EnrichmentArtefact, EnrichmentJob
from resources.workspace import Workspace

IDS = ("canonical_id", "contact_id", "account_id")
HASHES = """enrichment_attempt a cross join lateral jsonb_each(a.outputs) part
    cross join lateral jsonb_each(part.value) one"""
SAID_BY_ATTEMPTS = f"select distinct one.value->>'sha256' from {HASHES} where a.job = any(:jobs)"
OTHERS_SAY = f"select distinct one.value->>'sha256' from {HASHES} where one.value->>'sha256' = any(:pictures)"
Stood = Sequence[Sequence[Any]]  # id, from which version, to before which


def purge(workspace: Workspace, said: dict[str, Any], erased: Erased) -> None:
    """Take the person out of the history and destroy the pictures; accounts that only the person told of go alike."""
    with workspace.database.transaction() as connection:
        ids = [*said["ids"], *_gone(connection, said["accounts"])]
        keyed = [table for table in HISTORY.values() if "key" in table.c]
        keys = erased.among(
            key for table in keyed for key in connection.execute(select(table.c.key).distinct()).scalars()
        )
        for table in HISTORY.values():
            _delete(connection, table, ids, said["stood"], keys)
            if "payload" in table.c:
                _redact(connection, table, {*ids, *keys}, said["stood"])
            if "evidence" in table.c:
                _bear_nothing_out(connection, table, keys)
        pictures = _pictures(connection, said["ids"], said["stood"])
    for sha256 in pictures:
        workspace.storage.destroy("artefacts", sha256)


def _gone(connection: Connection, accounts: list[str]) -> list[str]:
    query = text("select id from canonical_id where id = any(:ids) and state = 'gone'")
    return list(connection.execute(query, {"ids": accounts}).scalars())


def _delete(connection: Connection, table: Table, ids: list[str], stood: Stood, keys: list[str]) -> None:
    if "key" in table.c:
        connection.execute(delete(table).where(table.c.key.in_(keys)))
        return
    for column in (table.c[name] for name in IDS if name in table.c):
        then = (and_(column == name, table.c.version < until, table.c.ended > since) for name, since, until in stood)
        connection.execute(delete(table).where(or_(column.in_(ids), *then)))


def _bear_nothing_out(connection: Connection, table: Table, keys: list[str]) -> None:
    rest = text(
        f'update "{table.name}" set evidence = array(select key from unnest(evidence) with ordinality as said(key, at)'
        " where key <> all(:keys) order by at) where evidence && cast(:keys as text[])"
    )
    connection.execute(rest, {"keys": keys})


def _redact(connection: Connection, table: Table, names: set[str], stood: Stood) -> None:
    """Payloads of others without what names the person."""
    query = text(
        f'select ctid::text, payload::text, version, ended from "{table.name}" where payload::text like any(:names)'
    )
    like = [f"%{_escaped(one)}%" for one in sorted({*names, *(name for name, _, _ in stood)})]
    change = text(f'update "{table.name}" set payload = cast(:rest as json) where ctid = cast(:place as tid)')
    for place, payload, version, ended in list(connection.execute(query, {"names": like})):
        then = {name for name, since, until in stood if version < until and ended > since}
        rest = json.dumps(_without(json.loads(payload), names | then), ensure_ascii=False, separators=(",", ":"))
        connection.execute(change, {"rest": rest, "place": place})


def _escaped(name: str) -> str:
    said = json.dumps(name, ensure_ascii=False)[1:-1]
    return said.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _without(value: Any, names: set[str]) -> Any:
    """Lists without the objects and texts that name one of these."""
    if isinstance(value, dict):
        return {key: _without(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(item, names) for item in value if not _says(item, names)]
    return value


def _says(item: Any, names: set[str]) -> bool:
    if isinstance(item, dict):
        return any(isinstance(value, str) and value in names for value in item.values())
    return isinstance(item, str) and item in names


def _pictures(connection: Connection, ids: list[str], stood: Stood) -> list[str]:
    """Forget the jobs of a client with their attempts and events; the pictures that no other job has, be they kept or
    about to be. Who lives on under one of the ids may want such a job anew.
    """
    forget_all(connection)
    jobs = jobs_of(connection, ids, stood)
    ours = select(EnrichmentJob.job).where(EnrichmentJob.job.in_(jobs))
    connection.execute(ours.order_by(EnrichmentJob.job).with_for_update())  # as lanes do, before their attempts
    theirs = EnrichmentArtefact.job.in_(jobs)
    pictures = {*connection.execute(select(EnrichmentArtefact.sha256).where(theirs)).scalars()}
    pictures |= {*connection.execute(text(SAID_BY_ATTEMPTS), {"jobs": jobs}).scalars()}
    connection.execute(delete(EnrichmentArtefact).where(theirs))
    connection.execute(delete(EnrichmentJob).where(EnrichmentJob.job.in_(jobs)))
    others = {
        *connection.execute(select(EnrichmentArtefact.sha256).where(EnrichmentArtefact.sha256.in_(pictures))).scalars()
    }
    others |= {*connection.execute(text(OTHERS_SAY), {"pictures": sorted(pictures)}).scalars()}
    return sorted(pictures - others)


def jobs_of(connection: Connection, ids: Iterable[str], stood: Stood) -> list[str]:
    """The jobs whose pictures show a client under one of its ids, or another one that stood for it then."""
    job = EnrichmentJob
    then = (
        and_(job.canonical_id == name, job.version_360 >= since, job.version_360 < until)
        for name, since, until in stood
    )
    query = select(job.job).where(or_(job.canonical_id.in_(ids), *then))
    return list(connection.execute(query.order_by(job.job)).scalars())
