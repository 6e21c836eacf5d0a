"""What a publication changes in the tables that readers see, and the writing of it: cost follows the change.

What the version before was is told by marks, 192 bits a row, which the publication of it left: they are compared in a
hundredth of the time that reading it again takes. A row that is replaced or removed moves to the table's history.

Not here: the transaction, its number and its log entry (`resources.publishing`), the feed (`resources.feed`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from sqlalchemy import Connection, text

from identity.frames import Schema, flat
from identity.patches import Patch
from resources.database import copy
from resources.tables import PUBLISHED
from resources.tables.history import columns_of, history_name

NEIGHBOURS = "sort_name"  # a list by name, or of a part of a name, then reads few pages of the table
MARKS_FORM = 2  # another number where marks are made in another way: what is left of the old ones is not read
MARKS: Schema = {name: pl.UInt64() for name in ("key", "key_again", "row")}


@dataclass(frozen=True, slots=True)
class Change:
    """What a publication does to one table."""

    added: int
    updated: int
    removed: int


@dataclass(frozen=True, slots=True)
class Delta:
    """Rows that are new, rows that take the place of others, and the keys of rows that go."""

    added: pl.DataFrame
    updated: pl.DataFrame
    removed: pl.DataFrame

    @property
    def change(self) -> Change:
        """In numbers."""
        return Change(self.added.height, self.updated.height, self.removed.height)

    @property
    def written(self) -> pl.DataFrame:
        """All rows that are written."""
        return pl.concat([self.added, self.updated])


def marks(frame: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    """128 bits for the key and 64 for all of each row (MARKS), in their order; of one version of Polars the same.

    Keys are told from all others, a row from the one before it alone: that takes fewer bits.
    """
    whole = flat(frame)
    keys = whole.select(key)
    hashes = (keys.hash_rows(seed=1), keys.hash_rows(seed=2), whole.hash_rows(seed=1))
    return pl.DataFrame(dict(zip(MARKS, hashes, strict=True)), schema=MARKS)


def delta(
    new: pl.DataFrame, now: pl.DataFrame, old: pl.DataFrame, before: Callable[[], pl.DataFrame], key: tuple[str, ...]
) -> Delta:
    """From a table as it was to a frame of it as it is, by the marks of both (`old`, `now`).

    `before` reads the table as it was, in any order; it is asked only if rows are gone.
    """
    met = _met(now, old)
    stood = np.zeros(now.height, dtype=bool)
    stood[met["_at"]] = True
    replacing = met.filter(pl.col("row") != pl.col("row_right"))["_at"].sort()
    removed = _gone(before(), now, key) if met.height < old.height else new.clear().select(key)
    return Delta(new.filter(~stood) if met.height else new, new[replacing], removed)


def patched(patch: Patch, now: pl.DataFrame, old: pl.DataFrame, key: tuple[str, ...]) -> tuple[Delta, pl.DataFrame]:
    """From a table as it was to what a patch makes of it, by the marks of the table (`old`) and of the patch's rows
    (`now`); and the marks of what comes of it.
    """
    goes = pl.DataFrame({key[0]: patch.gone}, schema=patch.rows.select(key).schema)
    goes = goes.join(patch.rows, on=key, how="anti")
    met, gone = _met(now, old), _met(marks(goes, key), old)
    replacing = met.filter(pl.col("row") != pl.col("row_right"))["_at"].sort()
    places = pl.int_range(now.height, eager=True, dtype=pl.get_index_type())
    stood = places.is_in(met["_at"].implode())
    about = pl.concat([now, marks(goes, key)]).select("key", "key_again")
    rest = old.join(about, on=["key", "key_again"], how="anti")
    return Delta(patch.rows.filter(~stood), patch.rows[replacing], goes[gone["_at"]]), pl.concat([rest, now])


def _met(now: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """Marks that stand under one key in both, the place of each `_at`. Joined by half of the key, which is quicker."""
    found = now.with_row_index("_at").join(old, on="key")
    return found.filter(pl.col("key_again") == pl.col("key_again_right"))


def _gone(was: pl.DataFrame, now: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    """The keys of a table, in whatever order it was read, that are not among the marks of what it is now."""
    keys = was.select(key)
    stands = np.zeros(keys.height, dtype=bool)
    stands[_met(marks(keys, key), now)["_at"]] = True
    return keys.filter(~stands)


def write(connection: Connection, name: str, of: Delta, version: int) -> None:
    """Move what goes to the history, then append what comes."""
    key = PUBLISHED[name]
    gone = pl.concat([of.removed, of.updated.select(key)])
    if gone.height:
        stage(connection, name, gone)
        columns = [f'"{column}"' for column in columns_of(name)]
        match = " and ".join(f't."{c}" = s."{c}"' for c in key)
        moved = f'delete from "{name}" t using _staged s where {match} returning {", ".join(f"t.{c}" for c in columns)}'
        into = f'insert into "{history_name(name)}" ({", ".join(columns)}, ended)'
        statement = f"with moved as ({moved}) {into} select *, cast(:version as bigint) from moved"
        connection.execute(text(statement), {"version": version})
    written = of.written.with_columns(version=pl.lit(version, pl.Int64))
    copy(connection, name, written, by=NEIGHBOURS if NEIGHBOURS in written.columns else None)


def stage(connection: Connection, name: str, rows: pl.DataFrame) -> None:
    """The rows as the temporary table `_staged`, typed as the columns of a table."""
    columns = ", ".join(f'"{c}"' for c in rows.columns)
    connection.execute(text("drop table if exists pg_temp._staged"))
    connection.execute(text(f'create temp table _staged on commit drop as select {columns} from "{name}" limit 0'))
    copy(connection, "_staged", rows)
    connection.execute(text("analyze _staged"))


def upsert(connection: Connection, name: str, rows: pl.DataFrame, key: tuple[str, ...]) -> None:
    """Add rows, or replace those of their keys."""
    if rows.is_empty():
        return
    stage(connection, name, rows)
    columns = ", ".join(f'"{c}"' for c in rows.columns)
    assign = ", ".join(f'"{c}" = excluded."{c}"' for c in rows.columns if c not in key)
    keys = ", ".join(f'"{c}"' for c in key)
    statement = f'insert into "{name}" ({columns}) select {columns} from _staged on conflict ({keys})'
    connection.execute(text(f"{statement} do update set {assign}" if assign else f"{statement} do nothing"))
