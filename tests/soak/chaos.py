"""GPU jobs while everything breaks: the worker is killed and comes back empty, answers to submissions are lost, sockets
are dropped, and the platform's own process is killed.

Not here: the worker (`resources.comfy.standin`), what a lane does about it (`resources.enriching.lane`).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from resources.comfy.client import ComfyClient
from resources.comfy.recipes import RECIPES, Recipe
from resources.comfy.template import load
from resources.database import Database
from resources.dsn import with_database
from resources.embedded import EmbeddedPostgres
from resources.enriching import queue
from resources.enriching.keys import is_of
from resources.storage import Storage
from resources.workspace import Workspace
from tests.attempts import run_job
from tests.enriching import add_clients, jobs_of
from tests.workers import Standin
from velocity_pipelines.settings import checkout

LEASE = 6.0  # seconds
RUN = """
from velocity_pipelines.launching import enrich_config
from velocity_pipelines.platform import in_process
from velocity_pipelines.settings import Settings
config = enrich_config(1000)
lane = {"config": {"lease_seconds": %s, "patience_seconds": 10.0}}
config["ops"]["enrichment_artefacts"]["ops"]["lane"] = lane
done = in_process.execute(Settings.read(), "enrich", {}, config)
raise SystemExit(0 if done.ok else 1)
"""
RUNS = 12  # at most
EACH = sum(recipe.entity == "contact" for recipe in RECIPES)  # jobs that a client wants


@dataclass
class Chaos:
    """What is broken, and what was counted of it."""

    workspace: Workspace
    standin: Standin
    home: Path
    worker_kills: list[int]  # after so many jobs
    platform_kills: list[int]
    executions: Counter[str] = field(default_factory=Counter)  # by prompt id, of the lives before
    faults: Counter[str] = field(default_factory=Counter)

    def go(self) -> None:
        """Run the platform, as often as it takes, until no job is open."""
        for _ in range(RUNS):
            process = subprocess.Popen([sys.executable, "-c", RUN % LEASE], env=self._environ(), cwd=checkout())
            try:
                while process.poll() is None:
                    self._strike(process)
                    time.sleep(0.05)
            finally:
                process.kill()
                process.wait()
            if not self.open():
                return
            time.sleep(LEASE / 2)

    def open(self) -> list[str]:
        """Jobs that have not ended."""
        open_states = {"planned", "running", "cancelling"}
        jobs = jobs_of(self.workspace).values()
        return [job["job"] for job in jobs if job["state"] in open_states or job["next_at"] is not None]

    def _strike(self, process: subprocess.Popen[bytes]) -> None:
        ended = sum(job["state"] == "done" for job in jobs_of(self.workspace).values())
        if self.worker_kills and ended >= self.worker_kills[0]:
            self.worker_kills.pop(0)
            self._count("worker killed")
            self.executions.update(self.standin.executions())
            self.standin.kill()
            time.sleep(0.5)
            self.standin.start()
            self._misbehave()
        if self.platform_kills and ended >= self.platform_kills[0]:
            self.platform_kills.pop(0)
            self._count("platform killed")
            process.kill()
        if ended // 5 > self.faults["answers lost"]:
            self._count("answers lost")
            self.standin.fault(lost_answers=1)
            httpx.post(f"{self.standin.url}/_standin/drop-sockets")

    def _misbehave(self) -> None:
        self.standin.fault(node_seconds=0.01)

    def _count(self, fault: str) -> None:
        self.faults[fault] += 1

    def _environ(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("VELOCITY_", "DAGSTER_"))}
        return {
            **clean,
            "VELOCITY_HOME": str(self.home),
            "VELOCITY_DATABASE_URL": self.workspace.database.dsn,
            "VELOCITY_STORAGE_URL": self.workspace.storage.url,
            "VELOCITY_COMFY_URL": self.standin.url,
        }

    def told(self) -> dict[str, object]:
        """What came of it."""
        self.executions.update(self.standin.executions())
        jobs = jobs_of(self.workspace)
        states = Counter(job["state"] for job in jobs.values())
        made = self.workspace.database.frame(
            "select job, count(distinct attempt) from enrichment_artefact group by job"
        )
        owners = dict(self.workspace.database.frame("select prompt_id, job from enrichment_attempt").iter_rows())
        beyond = sum(self.executions.values()) - len({owners[prompt] for prompt in self.executions})
        waiting = httpx.get(f"{self.standin.url}/queue").json()
        return {
            "jobs": len(jobs),
            **{state: states[state] for state in sorted(states)},
            **{fault: self.faults[fault] for fault in sorted(self.faults)},
            "executions beyond one a job": beyond,
            "no more than faults": beyond <= sum(self.faults.values()),
            "each ended once": not self.open() and set(states) <= {"done", "failed"},
            "one artefact a job": set(made.iter_rows()) == {(n, 1) for n, j in jobs.items() if j["state"] == "done"},
            "right pixels": self._right_pixels(),
            "nothing orphaned": not queue.abandoned(self.workspace) and not any(waiting.values()),
        }

    def _right_pixels(self) -> bool:
        """Whether each artefact is what its recipe makes of the pictures that a calm worker makes."""
        calm: dict[str, dict[str, bytes]] = {}
        with ComfyClient(self.standin.url) as client:
            return all(self._is_right(client, recipe, calm) for recipe in RECIPES)

    def _is_right(self, client: ComfyClient, recipe: Recipe, calm: dict[str, dict[str, bytes]]) -> bool:
        fields = ", ".join(f"c.{name}" for name in recipe.fields)
        query = f"""select a.name, a.pixel_sha256, j.content_key, {fields} from enrichment_artefact a
            join enrichment_job j using (job) join {recipe.entity}_360 c using (canonical_id)
            where {is_of(recipe)}"""
        for row in self.workspace.database.frame(query).to_dicts():
            parameters = recipe.parameters(row["content_key"])
            which = recipe.template + json.dumps(parameters)
            if which not in calm:
                outcome = run_job(client, load(recipe.template), f"calm {which}", 1, parameters)
                calm[which] = {name: picture.data for name, picture in outcome.pictures.items()}
            if recipe.finish(calm[which], row)[row["name"]].pixel_sha256 != row["pixel_sha256"]:
                return False
        return True


def run(seed: int) -> dict[str, object]:
    """Two hundred jobs; three kills of the worker and two of the platform's process at random moments."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="vc") as name:
        server = EmbeddedPostgres(Path(name) / "postgres", durable=False)
        try:
            with server.hold() as dsn:
                with psycopg.connect(dsn, autocommit=True) as connection:
                    connection.execute(b"create database chaos")
                workspace = Workspace(Database(with_database(dsn, "chaos")), Storage(str(Path(name) / "storage")))
                workspace.database.create()
                moments = sorted(chance.sample(range(10, 180), 5))
                chance.shuffle(moments)
                found = chaos(workspace, Path(name), 200 // EACH, sorted(moments[:3]), sorted(moments[3:]))
                workspace.database.close()
                return found
        finally:
            server.remove()


def chaos(
    workspace: Workspace, folder: Path, clients: int, worker_kills: list[int], platform_kills: list[int]
) -> dict[str, object]:
    """Plan for so many clients, and break things after so many finished jobs."""
    add_clients(workspace, clients)
    standin = Standin(folder / "worker")
    try:
        breaking = Chaos(workspace, standin, folder / "home", worker_kills, platform_kills)
        breaking.go()
        return breaking.told()
    finally:
        standin.kill()
