#!/usr/bin/env python3
"""Matching alone, at a size: matching.py FOLDER ROWS NEW prints one JSON line of seconds.

`all`: from records to published ids for ROWS contact records. `new`: for NEW more, given what the first left. `shared`:
for a tenth of the records, without and with a phone number that 20,000 of them share.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from identity import ids, matching
from identity.clustering import Clustering, Rules
from identity.judgements import Standing
from identity.matching import Memory, Scored
from identity.scoring import matcher
from resources.database import Database, copy
from resources.embedded import EmbeddedPostgres
from velocity_pipelines.train_epochs import exported_records

SHARED = 20_000
RULES = Rules(matcher("contact"), Standing(), frozenset())


def main(folder: Path, rows: int, new: int) -> None:
    """Measure, and keep the same records as `old.parquet` and `new.parquet` for the yardstick."""
    records = exported_records(folder / "exports")["contact"].sample(fraction=1, shuffle=True, seed=1)[: rows + new]
    old = records[:rows]
    _for_bare(folder, old, records[rows:])
    ages = records.select("key", born="received_at")
    seconds: dict[str, dict[str, float]] = {"all": {}, "new": {}}
    scored, made = _match(old, None, seconds["all"])
    named = _timed(seconds["all"], "ids", lambda: ids.assign(made.clusters, ages, ids.Ledger.empty(), "contact", 1))
    seconds["all"]["publish ids"] = _published(folder, old, named)
    memory = Memory(scored.features, made.edges, RULES.matcher.epoch.id, frozenset())
    more, grown = _match(records, memory, seconds["new"])
    _timed(seconds["new"], "ids", lambda: ids.assign(grown.clusters, ages, named.ledger, "contact", 2))
    pairs = {"all": scored.compared, "new": more.compared}
    shared = _shared(old[: rows // 10])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"rows": rows, "new": new, "pairs": pairs, "seconds": seconds, "shared": shared, "rss_mb": peak}))


def _match(records: pl.DataFrame, memory: Memory | None, seconds: dict[str, float]) -> tuple[Scored, Clustering]:
    scored = _timed(seconds, "records to edges", lambda: matching.score(records, RULES, memory))
    made = _timed(seconds, "clusters", lambda: matching.join(scored.features, scored.edges, RULES, memory))
    return scored, made


def _timed(seconds: dict[str, float], name: str, act: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    result = act()
    seconds[name] = round(time.perf_counter() - began, 2)
    return result


def _published(folder: Path, records: pl.DataFrame, named: ids.Assignment) -> float:
    """Seconds to write crosswalk, ids and homes to Postgres."""
    head = records.select("key", "source", "source_id", "derived", "batch", "line")
    walk = named.crosswalk.select("key", canonical_id="id").join(head, on="key")
    walk = walk.with_columns(entity=pl.lit("contact"), version=pl.lit(1, pl.Int64))
    server = EmbeddedPostgres(folder / "postgres")
    with server.hold() as dsn:
        database = Database(dsn)
        database.create()
        began = time.perf_counter()
        with database.transaction() as connection:
            for table, rows in (
                ("crosswalk", walk), ("canonical_id", named.ledger.ids), ("record_home", named.ledger.homes),
            ):  # fmt: skip
                copy(connection, table, rows)
        seconds = time.perf_counter() - began
        database.close()
    server.remove()
    return round(seconds, 2)


def _shared(records: pl.DataFrame) -> dict[str, Any]:
    hub = pl.when(pl.int_range(pl.len()) < SHARED).then(pl.concat_list(pl.lit("+14155550199"))).otherwise(pl.lit([]))
    glued = records.with_columns(phone=pl.coalesce("phone", pl.lit([], dtype=pl.List(pl.String))).list.concat(hub))
    found: dict[str, Any] = {}
    for name, rows in (("without", records), ("with", glued)):
        seconds: dict[str, float] = {}
        made = _match(rows, None, seconds)[1]
        largest = made.clusters.group_by("cluster").len()["len"].max()
        found[name] = {"seconds": round(sum(seconds.values()), 2), "largest": largest}
    return found


def _for_bare(folder: Path, old: pl.DataFrame, new: pl.DataFrame) -> None:
    flat = pl.read_parquet(folder / "flat" / "records.parquet")
    for name, rows in (("old", old), ("new", new)):
        wanted = rows.select(record_id=pl.concat_str("source", "source_id", separator=":"))
        flat.join(wanted, on="record_id", how="semi").write_parquet(folder / "flat" / f"{name}.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
