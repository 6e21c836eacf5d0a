"""The id ledger: read from its tables, or folded from the log, which says the same.

Each publication keeps what it did to the ids as three small frames, named by hash in its log entry.

Not here: the rule by which the ledger changes (`identity.ids`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl
from identity.ids import Ledger
from sqlalchemy import Connection

from identity.fields import PREFIX, RESOLVED, Entity
from identity.frames import HOME, INSTANT
from resources import log
from resources.database import Database
from resources.storage import Storage

IDS = {
    "id": pl.String(), "entity": pl.String(), "state": pl.String(), "to": pl.String(), "minted": pl.Int64(),
    "ended": pl.Int64(), "born_at": INSTANT, "born_key": pl.String(), "seq": pl.Int64(),
}  # fmt: skip
WORN = {"key": pl.String(), "id": pl.String()}
KIND = "ledger"  # of the kept objects


@dataclass(frozen=True, slots=True)
class LedgerStep:
    """What one publication did: rows of ids and homes that are new or changed, and the ids worn since (null: gone)."""

    ids: pl.DataFrame
    homes: pl.DataFrame
    worn: pl.DataFrame


def keep(storage: Storage, step: LedgerStep) -> dict[str, str]:
    """Keep a step in the storage root; the hashes of its frames, for the log."""
    return {name: storage.put_frame(getattr(step, name), KIND) for name in ("ids", "homes", "worn")}


def fold(connection: Connection, storage: Storage) -> dict[Entity, Ledger]:
    """The ledger of each entity as all publications of the log left it."""
    steps = [payload[KIND] for _, payload in log.payloads(connection, "publication")]
    ids = _fold(storage, [step["ids"] for step in steps], IDS, "id")
    homes = _fold(storage, [step["homes"] for step in steps], HOME, "key")
    worn = _fold(storage, [step["worn"] for step in steps], WORN, "key").drop_nulls("id")
    return {entity: _of_entity(entity, ids, homes, worn) for entity in RESOLVED}


def _fold(storage: Storage, digests: list[str], schema: dict[str, Any], key: str) -> pl.DataFrame:
    frames = [storage.get_frame(digest, KIND).select(list(schema)) for digest in digests]
    return pl.concat([pl.DataFrame(schema=schema), *frames]).unique(key, keep="last", maintain_order=True)


def read_ledgers(database: Database) -> dict[Entity, Ledger]:
    """The ledger of each entity as its tables hold it."""
    columns = ", ".join(f'"{name}"' for name in IDS)
    ids = database.frame(f"select {columns} from canonical_id", IDS)
    homes = database.frame("select key, home from record_home", HOME)
    worn = database.frame("select key, canonical_id from crosswalk", WORN)
    return {entity: _of_entity(entity, ids, homes, worn) for entity in RESOLVED}


def _of_entity(entity: Entity, ids: pl.DataFrame, homes: pl.DataFrame, worn: pl.DataFrame) -> Ledger:
    prefix = f"{PREFIX[entity]}_"
    return Ledger(
        ids=ids.filter(pl.col("entity") == entity),
        homes=homes.filter(pl.col("home").str.starts_with(prefix)),
        worn=worn.filter(pl.col("id").str.starts_with(prefix)),
    )
