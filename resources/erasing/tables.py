"""Tables that no publication writes anew: the history of published ones, and pictures with what is known of them.

History tables are those called `<table>_history`, with the columns of their table. Rows of the person go; in what was
said of others, the parts of a payload that name the person go.

Not here: published tables, from which a publication takes the rows.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, delete, select, text

from resources.erasing.known import Erased
from resources.tables import EnrichmentArtefact, EnrichmentJob
from resources.workspace import Workspace

IDS = ("canonical_id", "contact_id", "account_id")


def purge(workspace: Workspace, said: dict[str, Any], erased: Erased) -> None:
    """Take the person out of the history and destroy the pictures; accounts that only the person told of go alike."""
    with workspace.database.transaction() as connection:
        ids = [said["erases"], *_gone(connection, said["accounts"])]
        histories = _histories(connection)
        keys = erased.among(
            key for name, columns in histories.items() if "key" in columns for key in _keys(connection, name)
        )
        for name, columns in histories.items():
            if "payload" in columns:
                _redact(connection, name, {*ids, *keys})
            for column in ("key",) if "key" in columns else IDS:
                if column in columns:
                    values = keys if column == "key" else ids
                    connection.execute(
                        text(f'delete from "{name}" where "{column}" = any(:values)'), {"values": values}
                    )
        pictures = _pictures(connection, said["erases"])
    for sha256 in pictures:
        workspace.storage.destroy("artefacts", sha256)


def _gone(connection: Connection, accounts: list[str]) -> list[str]:
    query = text("select id from canonical_id where id = any(:ids) and state = 'gone'")
    return list(connection.execute(query, {"ids": accounts}).scalars())


def _histories(connection: Connection) -> dict[str, set[str]]:
    """The columns of each history table that there is."""
    query = text(
        "select table_name, column_name from information_schema.columns"
        " where table_schema = current_schema() and table_name like '%\\_history'"
    )
    found: dict[str, set[str]] = defaultdict(set)
    for name, column in connection.execute(query):
        found[name].add(column)
    return found


def _keys(connection: Connection, name: str) -> list[str]:
    return list(connection.execute(text(f'select distinct key from "{name}"')).scalars())


def _redact(connection: Connection, name: str, names: set[str]) -> None:
    """Payloads of others without what names the person."""
    query = text(f'select ctid::text, payload::text from "{name}" where payload::text like any(:names)')
    rows = list(connection.execute(query, {"names": [f"%{_escaped(one)}%" for one in sorted(names)]}))
    for place, payload in rows:
        rest = json.dumps(_without(json.loads(payload), names), ensure_ascii=False, separators=(",", ":"))
        change = text(f'update "{name}" set payload = cast(:rest as json) where ctid = cast(:place as tid)')
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


def _pictures(connection: Connection, canonical_id: str) -> list[str]:
    """Forget the jobs of a client; the pictures that no other job made."""
    jobs = jobs_of(connection, canonical_id)
    made = delete(EnrichmentArtefact).where(EnrichmentArtefact.job.in_(jobs)).returning(EnrichmentArtefact.sha256)
    pictures = set(connection.execute(made).scalars())
    connection.execute(delete(EnrichmentJob).where(EnrichmentJob.job.in_(jobs)))
    return sorted(pictures - set(connection.execute(select(EnrichmentArtefact.sha256)).scalars()))


def jobs_of(connection: Connection, canonical_id: str) -> list[str]:
    """The jobs whose pictures show a client."""
    query = select(EnrichmentJob.job).where(EnrichmentJob.canonical_id == canonical_id)
    return list(connection.execute(query.order_by(EnrichmentJob.job)).scalars())
