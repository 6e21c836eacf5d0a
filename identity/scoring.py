"""The bits of chosen pairs: Splink on DuckDB finds the level of each comparison, the epoch has its integer.

Not here: the model and its weights (`identity.epoch`), and which pairs are compared (`identity.blocking`).
"""

from __future__ import annotations

import logging
from functools import partial

import duckdb
import polars as pl
from splink import DuckDBAPI, Linker

from identity.epoch import Epoch, shipped
from identity.errors import VelocityError
from identity.features import NORMALISER, features
from identity.fields import Entity
from identity.matcher import Matcher
from identity.rarity import rated
from identity.splink_settings import settings


def matcher(entity: Entity, epoch: Epoch | None = None) -> Matcher:
    """The matcher of an entity by an epoch, else the shipped one; `epoch_outdated` where made for other features."""
    epoch = epoch or shipped(entity)
    if epoch.normaliser != NORMALISER:
        raise VelocityError("epoch_outdated", f"epoch {epoch.id} was made for other features", "train a new epoch")
    return Matcher(epoch, partial(features, entity=entity), partial(compare, epoch=epoch))


def compare(frame: pl.DataFrame, pairs: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """`bits_<comparison>` in thousandths of a bit, 0 where nothing can be said, of each pair, in the order of `pairs`.

    `frame` are features; `pairs` has their row numbers in the columns `l` < `r`, each pair once, sorted.
    """
    names = [c.name for c in epoch.model.comparisons]
    if pairs.is_empty():
        return pl.DataFrame(schema={f"bits_{name}": pl.Int32() for name in names})
    # Splink's float of a level is the epoch's integer, up to rounding.
    bits = {f"bits_{name}": (pl.col(f"mw_{name}") * 1000).round().cast(pl.Int32) for name in names}
    return _predict(frame, pairs, epoch).sort("unique_id_l", "unique_id_r").select(**bits)


def _predict(frame: pl.DataFrame, pairs: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """Row numbers `unique_id_l`, `unique_id_r` and `mw_<comparison>` of the pairs."""
    used = pl.concat([pairs["l"], pairs["r"]]).unique().sort()
    table = rated(frame[used].drop("key").with_columns(unique_id=used), epoch.model, epoch.frequencies)
    asked = pairs.select(match_key=pl.lit("0"), join_key_l="l", join_key_r="r")
    columns = ["unique_id_l", "unique_id_r", *(f"mw_{c.name}" for c in epoch.model.comparisons)]
    with duckdb.connect() as connection:
        api = DuckDBAPI(connection=connection)
        linker = Linker(api.register(table.to_arrow()), settings(epoch.model, epoch.weights), log_level=logging.ERROR)
        linker.table_management.register_blocked_pairs_for_predict(api.register(asked.to_arrow()))
        found = linker.inference.predict(warning_mode="never")
        levels: pl.DataFrame = connection.sql(f"select {', '.join(columns)} from {found.physical_name}").pl()
        return levels
