"""What was visible as of a version: rows that still stand, and those that publications since replaced or removed.

Not here: how a history comes about (`resources.deltas`).
"""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import CompoundSelect, Connection, select, union_all

from identity.errors import BadInputError
from resources.catalog import newest_version
from resources.tables import HISTORY, Base, HistoryBegin, Publication
from resources.tables.history import columns_of


def as_of(name: str, version: int) -> CompoundSelect[tuple[object, ...]]:
    """The rows of a published table as that version showed them, by the table's columns."""
    now, gone = Base.metadata.tables[name], HISTORY[name]
    stood = select(*(gone.c[column] for column in columns_of(name)))
    return union_all(
        select(now).where(now.c.version <= version),
        stood.where(gone.c.version <= version, gone.c.ended > version),
    )


def version_of(connection: Connection, said: str) -> int:
    """The version that a number, a day or an instant (ISO 8601, UTC) names: of a time, the newest that was visible
    then; of a day, at its end. `unknown_version`, `before_history`, `bad_time`.
    """
    if said.isdecimal():
        newest = newest_version(connection)
        if not 1 <= int(said) <= newest:
            raise BadInputError("unknown_version", f"there is no version {said}", f"the newest is {newest}")
        return _known(connection, int(said))
    query = select(Publication.version).where(Publication.as_of <= _instant(said))
    found = connection.execute(query.order_by(Publication.version.desc()).limit(1)).scalar()
    if found is None:
        raise BadInputError("unknown_version", f"nothing was published yet at {said}", "name a later time")
    return _known(connection, found)


def _known(connection: Connection, version: int) -> int:
    """A version of which the history knows; `before_history`."""
    begin = connection.execute(select(HistoryBegin.version)).scalar_one()
    if version < begin:
        what = f"version {version} is older than the history, which was begun with version {begin}"
        raise BadInputError("before_history", what, f"name version {begin} or a later one")
    return version


def _instant(said: str) -> dt.datetime:
    whole = f"{said}T23:59:59.999999" if re.fullmatch(r"\d{4}-\d{2}-\d{2}", said) else said
    try:
        at = dt.datetime.fromisoformat(whole)
    except ValueError:
        raise BadInputError(
            "bad_time", f"{said} is no version and no time", "write 7, 2026-11-28 or an instant"
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)
