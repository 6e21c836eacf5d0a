"""Random histories by real runs on an embedded Postgres: each version rebuilt, the order without effect.

Not here: kills (`tests.soak.kills`).
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import psycopg

from assets.rebuild import rebuild
from resources.database import Database
from resources.dsn import with_database
from resources.embedded import EmbeddedPostgres
from resources.publishing import newest, published_fingerprint
from resources.storage import Storage
from resources.workspace import Workspace
from tests.versions import feed_is_true, visible
from tests.worlds import World, at_once, histories, side_by_side

TOGETHER = 50  # histories of a world


def run(seed: int) -> dict[str, object]:
    """One world of histories: whether each version followed from the log, and the order had no effect."""
    with tempfile.TemporaryDirectory(prefix="vw") as name:
        server = EmbeddedPostgres(Path(name) / "postgres", durable=False)
        try:
            with server.hold() as dsn:
                return _told(dsn, Path(name), seed)
        finally:
            server.remove()


def _told(dsn: str, folder: Path, seed: int) -> dict[str, object]:
    told = histories(TOGETHER, seed)
    prints, equal, stands, versions = [], True, True, 0
    for number, steps in enumerate((side_by_side(told), [at_once(told, random.Random(seed))])):
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(f"create database world_{number}".encode())
        workspace = Workspace(Database(with_database(dsn, f"world_{number}")), Storage(str(folder / str(number))))
        workspace.database.create()
        (folder / f"files{number}").mkdir()
        world, shown = World(workspace, folder / f"files{number}"), dict[int, dict[str, list[str]]]()
        for step in steps:
            world.tell(step)
            versions += 1
            equal = equal and rebuild(workspace, lambda _line: None).equal
            shown[newest(workspace.database) or 0] = visible(workspace)
        stands = stands and all(visible(workspace, version) == rows for version, rows in shown.items())
        stands = stands and feed_is_true(workspace, sorted(shown))
        prints.append(published_fingerprint(workspace.database))
        workspace.database.close()
    same = (prints[0].partition, prints[0].content) == (prints[1].partition, prints[1].content)
    return {
        "histories": TOGETHER,
        "versions": versions,
        "rebuilt equal": equal,
        "past and feed equal": stands,
        "order without effect": same,
    }
