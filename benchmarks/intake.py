#!/usr/bin/env python3
"""Taking files in, measured: intake.py rows|files|batches FOLDER COUNT prints one JSON line.

`rows`: one file of COUNT contacts, from the file to accepted and rejected rows with its bytes kept, beside a bare
`duckdb.read_csv` of it. `files`: COUNT small files that land at once on a platform that runs. `batches`: the next
import of 20 rows after COUNT batches of 20, and after one batch with as many rows.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
from sqlalchemy import func, select

from assets.evidence import evidence
from assets.rows import rows as split_rows
from resources.tables import Batch
from resources.workspace import Workspace
from velocity_pipelines import importing, landing, launching
from velocity_pipelines.platform.databases import open_workspace
from velocity_pipelines.settings import Settings
from velocity_pipelines.synth import write_exports

VELOCITY = Path(sys.executable).with_name("velocity")
OF_HUBSPOT = 0.26  # contact rows of that source among the rows that invented exports have in all
SMALL = 20  # rows of a small file


def main(what: str, folder: Path, count: str) -> None:
    """Measure one of them."""
    if what == "after":
        print(json.dumps(after(folder, count)))
        return
    measures: dict[str, Callable[[Path, int], dict[str, object]]] = {
        "rows": rows, "files": files, "batches": batches, "contacts": contacts,
    }  # fmt: skip
    print(json.dumps({"what": what, "count": int(count), **measures[what](folder, int(count))}))


def rows(folder: Path, count: int) -> dict[str, object]:
    """Seconds of both, their ratio, and the peak of this process in MB."""
    subprocess.run([sys.executable, __file__, "contacts", folder, str(count)], check=True, stdout=sys.stderr)
    file, mapping = _written(folder)
    workspace = _workspace(folder / "home")
    with duckdb.connect() as connection:
        bare = _timed(lambda: connection.sql(f"select * from read_csv('{file}', all_varchar=true)").to_arrow_table())
    with dg.DagsterInstance.ephemeral() as instance:
        ours = _timed(lambda: _split(workspace, instance, file, mapping))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"seconds": ours, "duckdb": bare, "ratio": round(ours / bare, 1), "rss_mb": peak}


def files(folder: Path, count: int) -> dict[str, object]:
    """Seconds from the moment that all files are in the landing folder until they are published."""
    _small_files(folder, count)
    environ = {**os.environ, "VELOCITY_HOME": str(folder / "home"), "VELOCITY_WEBSERVER_PORT": "3939"}
    subprocess.run([VELOCITY, "up"], env=environ, check=True, stdout=sys.stderr)
    try:
        settings = Settings.read(environ)
        workspace = open_workspace(settings)
        shutil.copytree(folder / "small", folder / "ready")
        settings.landing.mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()
        for file in sorted((folder / "ready").iterdir()):
            file.rename(settings.landing / file.name)
        while _published(workspace) < count:
            time.sleep(0.5)
        return {"seconds": round(time.perf_counter() - began, 1)}
    finally:
        subprocess.run([VELOCITY, "down"], env=environ, check=True, stdout=sys.stderr)


def batches(folder: Path, count: int) -> dict[str, object]:
    """Seconds of the next import, after many batches and after one; the median of three each."""
    _small_files(folder, count + 3)
    small = sorted((folder / "small").glob("*.csv"))
    (folder / "one").mkdir()
    pl.concat([pl.read_csv(f, infer_schema=False) for f in small[:count]]).write_csv(folder / "one" / "00000.csv")
    (folder / "many").mkdir()
    for file in small[:count]:
        file.rename(folder / "many" / file.name)
    after = {name: _next(folder, name) for name in ("many", "one")}
    return {
        **{f"after_{name}": seconds for name, seconds in after.items()},
        "ratio": round(after["many"] / after["one"], 2),
    }


def _next(folder: Path, name: str) -> float:
    """In a process of its own: a home stands in the environment."""
    environ = {**os.environ, "VELOCITY_HOME": str(folder / f"home-{name}")}
    command = [sys.executable, __file__, "after", str(folder), name]
    told = subprocess.run(command, env=environ, check=True, stdout=subprocess.PIPE).stdout
    seconds: float = json.loads(told)["seconds"]
    return seconds


def after(folder: Path, name: str) -> dict[str, object]:
    """Import the files of a folder, 500 at a time, then three more one by one: the median of these."""
    settings = Settings.read()
    workspace = open_workspace(settings)
    first, three = (sorted((folder / part).glob("*.csv")) for part in (name, "small"))
    for start in range(0, len(first), 500):
        print(f"{name}: {start} of {len(first)}", file=sys.stderr)
        _import(settings, workspace, first[start : start + 500], folder / "mapping.yaml")
    times = [_timed(partial(_import, settings, workspace, [file], folder / "mapping.yaml")) for file in three]
    return {"seconds": sorted(times)[1]}


def _import(settings: Settings, workspace: Workspace, some: list[Path], mapping: Path) -> None:
    request = importing.Request([(file, landing.Options(mapping=mapping)) for file in some])
    answer = importing.import_files(settings, workspace, request, lambda _line: None)
    assert not importing.exit_code(answer), answer


def _split(workspace: Workspace, instance: dg.DagsterInstance, file: Path, mapping: Path) -> None:
    """The first two assets, as the import job makes them."""
    (offered,) = landing.offer(file, landing.Options(mapping=mapping))
    assert isinstance(offered, landing.Offered), offered
    landing.take(workspace, offered, "bench")
    batch = offered.arrival.batch
    instance.add_dynamic_partitions("batches", [batch])
    made = dg.materialize(
        [evidence, split_rows],
        instance=instance,
        tags=launching.import_tags([batch]),
        partition_key=batch,
        resources={"workspace": workspace},
    )
    assert made.success


def _published(workspace: Workspace) -> int:
    with workspace.database.transaction() as connection:
        done = select(func.count()).select_from(Batch).where(Batch.published.is_not(None))
        return connection.execute(done).scalar_one()


def contacts(folder: Path, count: int) -> dict[str, object]:
    """Write a file of so many contacts, and a mapping of it: apart, for what is made here takes memory."""
    exports = folder / "exports"
    write_exports(int(count / OF_HUBSPOT), 3, exports)
    file = exports / "hubspot_contact.csv"
    head = pl.read_csv(file, infer_schema=False).head(count)
    assert head.height == count, head.height
    head.write_csv(folder / "contacts.csv")
    return {"rows": head.height}


def _written(folder: Path) -> tuple[Path, Path]:
    return folder / "contacts.csv", next((folder / "exports" / "mappings").glob("hubspot_contact*"))


def _small_files(folder: Path, count: int) -> None:
    contacts(folder, count * SMALL)
    file, mapping = _written(folder)
    (folder / "small").mkdir()
    for number, part in enumerate(pl.read_csv(file, infer_schema=False).iter_slices(SMALL)):
        part.write_csv(folder / "small" / f"{number:05}.csv")
    shutil.copyfile(mapping, folder / "mapping.yaml")


def _workspace(home: Path) -> Workspace:
    return open_workspace(Settings.read({**os.environ, "VELOCITY_HOME": str(home)}))


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return round(time.perf_counter() - began, 3)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
