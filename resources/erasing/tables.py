"""Tables that no publication writes anew: the history of published ones.

Rows go that stood under an id of the person, or under another id while that wore a record of theirs. In what was said
of others, the parts of a payload that name the person go, and their keys among those that bear something out.

Not here: published tables, from which a publication takes the rows; GPU jobs (`resources.erasing.pictures`).
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, or_, select, text

from resources.erasing import pictures
from resources.erasing.known import Erased
from resources.erasing.pictures import Stood
from resources.tables import HISTORY
from resources.workspace import Workspace

IDS = ("canonical_id", "contact_id", "account_id")


def purge(workspace: Workspace, said: dict[str, Any], erased: Erased) -> None:
    """Take the person out of the history, and forget the jobs; accounts that only the person told of go alike."""
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
        pictures.forget(connection, pictures.jobs_of(connection, ids, said["stood"]))
    pictures.sweep(workspace)


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
