#!/usr/bin/env python3
"""Publishing beside plain COPY: publishing.py, in a home where contacts are published (VELOCITY_HOME), one JSON line.

What is published there is published anew aside, as a first version; then a version that changes one in a hundred
contacts. Beside it the same rows are copied into the same tables without indexes. `--keep` leaves the schema.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
from sqlalchemy import text

from identity.frames import HOME
from identity.ids import IDS, Ledger
from resources.catalog import make_cut
from resources.database import copy
from resources.publishing import Draft, publish, read_tables
from resources.tables import PUBLISHED
from resources.workspace import Workspace
from velocity_pipelines.platform.databases import open_workspace
from velocity_pipelines.settings import Settings

EVERY = 100  # one contact in so many changes


def main() -> None:
    """Measure and tell."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    home = open_workspace(Settings.read())
    tables = read_tables(home.database, (*PUBLISHED, "canonical_id", "record_home", "id_event"))
    tables = {name: frame.drop("version", strict=False) for name, frame in tables.items()}
    with home.aside("publishing") as aside:
        draft = _draft(tables)
        first = _published(aside, draft, "first")
        plain = _timed(lambda: _copied(aside, draft.tables))
        more = _published(aside, _changed(draft), "more")
    rows = sum(frame.height for frame in draft.tables.values())
    found = {"rows": rows, "contacts": draft.tables["contact"].height, "first": first, "copy": plain, "delta": more}
    found |= {"first_ratio": round(first / plain, 2), "delta_share": round(more / first, 4)}
    print(json.dumps({**found, "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


def _draft(tables: dict[str, pl.DataFrame]) -> Draft:
    ids, homes = tables["canonical_id"].select(list(IDS)), tables["record_home"].select(list(HOME))
    published = {name: tables[name].sort(key) for name, key in PUBLISHED.items()}
    events = tables["id_event"].select("entity", "event", "id", "to").unique("id")
    return Draft(published, Ledger(ids, homes, homes.clear()), events, 0, make_cut([], 0, 0))


def _changed(draft: Draft) -> Draft:
    """The next version: one contact in a hundred has another title, and its client-360 says so."""
    chosen = draft.tables["contact"].gather_every(EVERY).select("canonical_id", _new=pl.lit("Chief of Benchmarks"))
    tables = dict(draft.tables)
    contact = tables["contact"].join(chosen, on="canonical_id", how="left", maintain_order="left")
    tables["contact"] = contact.with_columns(title=pl.coalesce("_new", "title")).drop("_new")
    whole = tables["contact_360"].join(chosen, on="canonical_id", how="left", maintain_order="left")
    payload = pl.when(pl.col("_new").is_null()).then("payload").otherwise(
        pl.col("payload").str.replace(r'"title":(null|"[^"]*")', '"title":"Chief of Benchmarks"')
    )  # fmt: skip
    tables["contact_360"] = whole.with_columns(payload=payload).drop("_new")
    none = Ledger(draft.ledger.ids.clear(), draft.ledger.homes.clear(), draft.ledger.worn)
    return replace(draft, tables=tables, ledger=none, events=draft.events.clear(), cut=make_cut([], 0, 1))


def _published(aside: Workspace, draft: Draft, run: str) -> float:
    """Seconds that publishing takes; the stages have kept its frames before, as in any run."""
    for name, frame in draft.tables.items():
        aside.frames.write(name, frame, run=run)
    return _timed(lambda: publish(aside, draft, run))


def _copied(aside: Workspace, tables: dict[str, pl.DataFrame]) -> None:
    with aside.database.transaction() as connection:
        for name, frame in tables.items():
            connection.execute(text(f'create table plain_{name} (like "{name}")'))
            copy(connection, f"plain_{name}", frame.with_columns(version=pl.lit(1, pl.Int64)))


def _timed(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return round(time.perf_counter() - began, 2)


if __name__ == "__main__":
    main()
