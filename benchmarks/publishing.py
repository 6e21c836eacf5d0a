#!/usr/bin/env python3
"""Publishing beside plain COPY: publishing.py, in a home where contacts are published (VELOCITY_HOME), one JSON line.

What is published there, several times over under other ids, is published anew aside, as a first version; then a version
that changes one in a hundred contacts. Beside it the same rows are copied into the same tables without indexes. Then
pgbench asks for clients and for pages of the contact list, open loop, while nothing else goes on and while one version
after the other is published; these are made before, so that publishing is all that goes on beside.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
from page import HERE
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text

from identity.frames import HOME
from identity.ids import IDS, Ledger
from identity.patches import Patch
from identity.sections import MONEY
from resources.catalog import make_cut
from resources.database import copy
from resources.embedded.binaries import programs_below, site_folder
from resources.publishing import Draft, newest, newest_run, publish, read_tables
from resources.tables import PUBLISHED
from resources.workspace import Workspace
from velocity_pipelines.platform.code_server import PATIENCE
from velocity_pipelines.platform.databases import open_workspace
from velocity_pipelines.settings import Settings

EVERY = 100  # one contact in so many changes
CHANGED = ("contact", "contact_360")
OF_SOURCES = ("source_expectation",)
COPIES = "wxyz"  # letters that no id has: with one in its place an id is another one
ID = r"\b([ca]_)[0-9a-v]([0-9a-v]{15})\b"
RATE, SECONDS = 200, 40  # requests a second, open loop, and how long
SCRIPTS = {"client": "prepared", "contact_list": "extended"}


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000, help="grow what is published to so many")
    options = parser.parse_args()
    home = open_workspace(Settings.read())
    tables = read_tables(home.database, (*PUBLISHED, "canonical_id", "record_home", "id_event"))
    draft = _draft(_grown({name: _typed(frame) for name, frame in tables.items()}, options))
    with home.aside("publishing") as aside:
        first = _published(aside, draft, "first")
        plain = _timed(lambda: _copied(aside, draft.tables))
        with aside.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze"))
            connection.execute(text("checkpoint"))  # seven million rows have just come
        calm = {name: _read(aside, name) for name in SCRIPTS}
        delta = _published(aside, _changed(draft, 1), "more")
        coming = [_changed(draft, 2, 1, 3), _changed(draft, 3, 2)]
        _give_way()
        busy = {name: _read_while_publishing(aside, name, coming) for name in SCRIPTS}
    rows = sum(frame.height for frame in draft.tables.values())
    found = {"rows": rows, "contacts": draft.tables["contact"].height, "first": first, "copy": plain, "delta": delta}
    found |= {"first_ratio": round(first / plain, 2), "delta_share": round(delta / first, 4)}
    found |= {"calm": calm, "publishing": busy}
    print(json.dumps({**found, "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    """A table as the stages hand it over: amounts, which are read as exact text, are numbers there."""
    amounts = dict.fromkeys({"open_value", "amount_number"} & {*frame.columns}, MONEY)
    return frame.drop("version", strict=False).cast(amounts)  # type: ignore[arg-type]


def _grown(tables: dict[str, pl.DataFrame], options: argparse.Namespace) -> dict[str, pl.DataFrame]:
    """The same several times over, each time under other ids and keys; what is of sources once."""
    times = -(-options.contacts // tables["contact"].height)
    return {
        name: pl.concat([frame, *(_renamed(frame, letter) for letter in COPIES[: times - 1] if name not in OF_SOURCES)])
        for name, frame in tables.items()
    }


def _renamed(frame: pl.DataFrame, letter: str) -> pl.DataFrame:
    texts = [n for n, t in frame.schema.items() if t == pl.String and (n.endswith("_id") or n in ("id", "to", "home"))]
    texts += ["payload"] if "payload" in frame.columns else []
    keys = [n for n in frame.columns if n in ("key", "born_key", "owner") or n.endswith("_key")]
    lists = [n for n in frame.columns if n.endswith("_ids")]
    other = f"${{1}}{letter}${{2}}"
    return frame.with_columns(
        *(pl.col(n).str.replace_all(ID, other) for n in texts),
        *(pl.col(n) + f"~{letter}" for n in keys),
        *(pl.col(n).list.eval(pl.element().str.replace_all(ID, other)) for n in lists),
    )


def _read(aside: Workspace, script: str) -> dict[str, float]:
    """Milliseconds by which half, 99 and 99.9 of a hundred requests of a script were answered, waiting included."""
    programs = site_folder(18) / programs_below(18)
    known = conninfo_to_dict(aside.database.dsn)
    environ = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGDATABASE": "dbname"}
    given = {name: str(known[of]) for name, of in environ.items() if known.get(of)}
    given["PGOPTIONS"] = f"-c search_path={aside.database.schema}"
    with tempfile.TemporaryDirectory(prefix="vb") as folder:
        rate = ["-R", str(RATE), "-T", str(SECONDS), "-c", "8", "-j", "1", "-l", "--log-prefix", f"{folder}/log"]
        call = [str(programs / "pgbench"), "-n", "-M", SCRIPTS[script], "-f", str(HERE / "reading" / f"{script}.sql")]
        subprocess.run([*call, *rate], env={**os.environ, **given}, check=True, stdout=subprocess.DEVNULL)
        lines = [line.split() for file in Path(folder).iterdir() for line in file.read_text().splitlines()]
    taken = pl.Series([int(line[2]) / 1000 for line in lines])
    return {"requests": len(lines), **{f"p{q:g}": round(taken.quantile(q / 100) or 0.0, 2) for q in (50, 99, 99.9)}}


def _give_way() -> None:
    """All threads but this one, which starts pgbench, are as patient as a run's process (`platform.code_server`)."""
    for thread in (int(folder.name) for folder in Path("/proc/self/task").iterdir()):
        if thread != threading.get_native_id():
            os.setpriority(os.PRIO_PROCESS, thread, PATIENCE)


def _read_while_publishing(aside: Workspace, script: str, coming: list[Draft]) -> dict[str, float]:
    """The same while one version after the other is published: these in turn."""
    over = threading.Event()
    versions = 0

    def publish_on() -> None:
        nonlocal versions
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), PATIENCE)
        while not over.is_set():
            follows = newest(aside.database) or 0
            draft = replace(coming[follows % len(coming)], cut=make_cut([], 0, follows))
            publish(aside, draft, f"busy {follows}")
            versions += 1

    publisher = threading.Thread(target=publish_on)
    publisher.start()
    try:
        read = _read(aside, script)
    finally:
        over.set()
        publisher.join()
    return {**read, "versions": versions}


def _draft(tables: dict[str, pl.DataFrame]) -> Draft:
    ids, homes = tables["canonical_id"].select(list(IDS)), tables["record_home"].select(list(HOME))
    published = {name: tables[name].sort(key) for name, key in PUBLISHED.items()}
    events = tables["id_event"].select("entity", "event", "id", "to").unique("id")
    return Draft(published, Ledger(ids, homes, homes.clear()), events, 0, make_cut([], 0, 0))


def _changed(draft: Draft, follows: int, *back: int) -> Draft:
    """The next version: one contact in a hundred, others each time, has another title, as its client-360 says; those of
    other times have theirs again. As the stages hand it over: by patches.
    """
    said = f"Chief of Benchmark {follows}"
    tables = dict(draft.tables)
    for name in CHANGED:
        whole = tables[name]
        new, old = (
            pl.concat([whole.clear(), *(whole.gather_every(EVERY, number % EVERY) for number in numbers)])
            for numbers in ((follows,), back)
        )
        new = new.with_columns(title=pl.lit(said))
        if "payload" in new.columns:
            title = pl.col("payload").str.replace(r'"title":(null|"[^"]*")', f'"title":"{said}"')
            new = new.with_columns(payload=title)
        tables[name] = Patch(pl.concat([new, old]).sort("canonical_id"), pl.Series(dtype=pl.String))
    none = Ledger(draft.ledger.ids.clear(), draft.ledger.homes.clear(), draft.ledger.worn)
    return replace(draft, tables=tables, ledger=none, events=draft.events.clear(), cut=make_cut([], 0, follows))


def _published(aside: Workspace, draft: Draft, run: str) -> float:
    """Seconds that publishing takes; the stages have kept its frames before, as in any run."""
    before = newest_run(aside.database) or ""
    for name, table in draft.tables.items():
        if isinstance(table, Patch):
            aside.frames.patch(name, table, run=run, onto=before)
        else:
            aside.frames.write(name, table, run=run)
    seconds = _timed(lambda: publish(aside, draft, run))
    aside.frames.forget_runs(keep=run)
    return seconds


def _copied(aside: Workspace, tables: dict[str, pl.DataFrame]) -> None:
    with aside.database.transaction() as connection:
        for name, frame in tables.items():
            connection.execute(text(f'create table plain_{name} (like "{name}")'))
            copy(connection, f"plain_{name}", frame.with_columns(version=pl.lit(1, pl.Int64)))
        for name in tables:
            connection.execute(text(f"drop table plain_{name}"))


def _timed(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return round(time.perf_counter() - began, 2)


if __name__ == "__main__":
    main()
