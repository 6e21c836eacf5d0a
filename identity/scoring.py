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
from identity.model import Model
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
    columns = sorted({column for c in model.comparisons for column in c.columns})
    table = rated(frame[used], model, frequencies).select(columns)
    numbers = [level_number(c) for c in model.comparisons]
    with duckdb.connect() as connection:
        parts = []
        for part in pairs.iter_slices(CHUNK):
            connection.register("pairs", _side_by_side(table, *(place[part[side].to_numpy()] for side in "lr")))
            gammas: pl.DataFrame = connection.sql(levels_sql(model.comparisons)).pl()
            parts.append(gammas.select(numbers))
    return pl.concat(parts)


def _side_by_side(table: pl.DataFrame, left: Rows, right: Rows) -> pa.Table:
    """The values of both records of each pair, under the suffixes that levels speak of; no text is copied."""
    sides = [table[rows].select(pl.all().name.suffix(side)) for rows, side in ((left, "_l"), (right, "_r"))]
    both = pl.concat(sides, how="horizontal").to_arrow(compat_level=pl.CompatLevel.newest())
    return pa.Table.from_batches(both.to_batches(max_chunksize=BATCH))
