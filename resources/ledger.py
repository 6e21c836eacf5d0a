"""The id ledger: read from its tables, or folded from the log, which says the same.

Each publication keeps what it did to the ids as small frames, named by hash in its log entry.

Not here: the rule by which the ledger changes (`identity.ids`).
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from sqlalchemy import Connection

from identity.fields import PREFIX, RESOLVED, Entity
from identity.frames import HOME
from identity.ids import IDS, WORN, Ledger, apply_delta
from resources import log
from resources.database import Database
from resources.erasures import Erasures
from resources.storage import Storage

KIND = "ledger"  # of the kept objects
PARTS = ("ids", "homes", "worn")


def keep(storage: Storage, step: Ledger, events: pl.DataFrame) -> dict[str, str]:
    """Keep what a publication changed of the ledger (`identity.ids.Assignment`), and its events; the hashes, for its
    log entry.
    """
    frames = {**{name: getattr(step, name) for name in PARTS}, "events": events}
    return {name: storage.put_frame(frame, KIND) for name, frame in frames.items()}


def fold(connection: Connection, storage: Storage) -> dict[Entity, Ledger]:
    """The ledger of each entity as all publications of the log left it, and erasures since."""
    whole, erasures = Ledger.empty(), Erasures.read(connection)
    for _, payload in log.payloads(connection, "publication"):
        step = {name: storage.get_frame(erasures.ledger(payload[KIND][name]), KIND) for name in PARTS}
        whole = apply_delta(whole, Ledger(**step))
    whole = replace(whole, ids=_erased(whole.ids, erasures))
    return {entity: _of_entity(entity, whole) for entity in RESOLVED}


def _erased(ids: pl.DataFrame, erasures: Erasures) -> pl.DataFrame:
    erased = pl.col("id").is_in(sorted(erasures.ids()))
    state = pl.when(erased).then(pl.lit("erased")).otherwise("state").alias("state")
    return ids.with_columns(state, pl.when(~erased).then("to").alias("to"))


def events(connection: Connection, storage: Storage) -> pl.DataFrame:
    """The whole feed of events (`resources.tables.IdEvent`), as the log has it."""
    told = [(p["version"], p[KIND]["events"]) for _, p in log.payloads(connection, "publication")]
    return pl.concat([numbered(storage.get_frame(digest, KIND), version) for version, digest in told])


def numbered(found: pl.DataFrame, version: int) -> pl.DataFrame:
    """The events of a publication as rows of the feed."""
    number = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("number")
    return found.select(pl.lit(version, pl.Int64).alias("version"), number, "entity", "event", "id", "to")


def read_ledgers(database: Database) -> dict[Entity, Ledger]:
    """The ledger of each entity as its tables hold it."""
    columns = ", ".join(f'"{name}"' for name in IDS)
    queries = {
        "ids": f"select {columns} from canonical_id",
        "homes": "select key, home from record_home",
        "worn": "select key, canonical_id as id from crosswalk",
    }
    read = database.tables(queries)
    shapes = {"ids": IDS, "homes": HOME, "worn": WORN}
    whole = Ledger(**{part: read[part].cast(shape) for part, shape in shapes.items()})  # type: ignore[arg-type]
    return {entity: _of_entity(entity, whole) for entity in RESOLVED}


def _of_entity(entity: Entity, whole: Ledger) -> Ledger:
    prefix = f"{PREFIX[entity]}_"
    return Ledger(
        ids=whole.ids.filter(pl.col("entity") == entity),
        homes=whole.homes.filter(pl.col("home").str.starts_with(prefix)),
        worn=whole.worn.filter(pl.col("id").str.starts_with(prefix)),
    )
