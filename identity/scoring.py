"""The bits of chosen pairs: Splink writes the levels of each comparison as SQL, DuckDB finds them, the epoch has their
integers.

The values of both records are laid side by side before DuckDB sees them: Splink's own prediction joins each pair with
two wide rows, which takes most of its time, and works out probabilities that nobody asks for.

Not here: the model and its weights (`identity.epoch`), and which pairs are compared (`identity.blocking`).
"""

from __future__ import annotations

from functools import partial

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from identity.epoch import Epoch, shipped
from identity.errors import VelocityError
from identity.features import NORMALISER, features
from identity.fields import Entity
from identity.matcher import Matcher
from identity.model import Comparison, Model
from identity.rarity import Frequencies, rated
from identity.splink_settings import level_number, levels_sql

CHUNK = 250_000  # pairs at a time: what of them lies in memory at once
BATCH = 25_000  # pairs that one core takes

Rows = NDArray[np.uint32]


def matcher(entity: Entity, epoch: Epoch | None = None) -> Matcher:
    """The matcher of an entity by an epoch, else the shipped one; `epoch_outdated` where made for other features."""
    epoch = epoch or shipped(entity)
    if epoch.normaliser != NORMALISER:
        raise VelocityError("epoch_outdated", f"epoch {epoch.id} was made for other features", "train a new epoch")
    return Matcher(epoch, partial(features, entity=entity), partial(compare, epoch=epoch))


def compare(frame: pl.DataFrame, pairs: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """`bits_<comparison>` in thousandths of a bit, 0 where nothing can be said, of each pair, in the order of `pairs`.

    `frame` are features; `pairs` has their row numbers in the columns `l` and `r`.
    """
    found = levels(frame, pairs, epoch.model, epoch.frequencies)
    weights = {name: np.array([*of.values(), 0], np.int32) for name, of in epoch.weights.items()}  # -1 is the last
    return pl.DataFrame({f"bits_{name}": bits[found[name].to_numpy()] for name, bits in weights.items()})


def levels(frame: pl.DataFrame, pairs: pl.DataFrame, model: Model, frequencies: Frequencies) -> pl.DataFrame:
    """The number of each pair's level, by comparison: 0 is its first, -1 is null."""
    if pairs.is_empty():
        return pl.DataFrame(schema={c.name: pl.Int32() for c in model.comparisons})
    used = pl.concat([pairs["l"], pairs["r"]]).unique().sort()
    place = np.zeros(frame.height, np.uint32)
    place[used.to_numpy()] = np.arange(used.len(), dtype=np.uint32)
    columns = {column for c in model.comparisons for column in c.columns}
    table = frame.select(*model.rarities, *(columns & {*frame.columns} - {*model.rarities}))[used]
    table, rows = rated(table, model, frequencies), [place[pairs[side].to_numpy()] for side in "lr"]
    with duckdb.connect() as connection:
        made, each = list[pl.DataFrame](), list[Comparison]()
        for group in _by_columns(model.comparisons):
            found = _once(connection, table, rows, group)
            if found is None:
                each += group
            else:
                made.append(found)
        made += [_each(connection, table, rows, each)] if each else []
    return pl.concat(made, how="horizontal").select(c.name for c in model.comparisons)


def _by_columns(comparisons: tuple[Comparison, ...]) -> list[list[Comparison]]:
    """Comparisons of the same columns together."""
    found: dict[frozenset[str], list[Comparison]] = {}
    for comparison in comparisons:
        found.setdefault(frozenset(comparison.columns), []).append(comparison)
    return list(found.values())


def _once(
    connection: duckdb.DuckDBPyConnection, table: pl.DataFrame, rows: list[Rows], comparisons: list[Comparison]
) -> pl.DataFrame | None:
    """The levels of comparisons of the same columns, where most pairs have values that others have too: of those that
    have the same, one is looked at. None where most have not.
    """
    code = table.select(code=pl.struct(comparisons[0].columns).hash())["code"].to_numpy()
    pairs = pl.DataFrame({side: code[of] for side, of in zip("lr", rows, strict=True)}).with_row_index("at")
    one = pairs.unique(["l", "r"], keep="first", maintain_order=True)
    if one.height > pairs.height / 2:
        return None
    found = _each(connection, table, [of[one["at"].to_numpy()] for of in rows], comparisons)
    like = pairs.join(one.with_row_index("like"), on=["l", "r"], how="left", maintain_order="left")["like"]
    return found[like]


def _each(
    connection: duckdb.DuckDBPyConnection, table: pl.DataFrame, rows: list[Rows], comparisons: list[Comparison]
) -> pl.DataFrame:
    """The levels of comparisons, pair by pair."""
    values = table.select(sorted({column for c in comparisons for column in c.columns}))
    parts = list[pl.DataFrame]()
    for start in range(0, len(rows[0]), CHUNK):
        connection.register("pairs", _side_by_side(values, *(of[start : start + CHUNK] for of in rows)))
        parts.append(connection.sql(levels_sql(tuple(comparisons))).pl())
    return pl.concat(parts).select(level_number(c) for c in comparisons)


def _side_by_side(table: pl.DataFrame, left: Rows, right: Rows) -> pa.Table:
    """The values of both records of each pair, under the suffixes that levels speak of; no text is copied."""
    sides = [table[rows].select(pl.all().name.suffix(side)) for rows, side in ((left, "_l"), (right, "_r"))]
    both = pl.concat(sides, how="horizontal").to_arrow(compat_level=pl.CompatLevel.newest())
    return pa.Table.from_batches(both.to_batches(max_chunksize=BATCH))
