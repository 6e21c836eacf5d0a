"""The landing folder: complete files are taken in and run by themselves.

A file is complete when its size has rested for a moment or a `<name>.done` stands beside it; `<name>.mapping.yaml`
beside it is its mapping. Taken files move to `taken/`, refused ones to `refused/` with the reason beside them, so that
a poisonous file neither blocks nor repeats. What was taken but never run, since the daemon died between, is run with
the next.

Not here: what a file is and whether it can be taken (`velocity_pipelines.landing`).
"""

import glob
import json
import time
from pathlib import Path

import dagster as dg

from assets.batches import BATCHES
from resources import catalog
from resources.workspace import Workspace
from velocity_pipelines.due_jobs import due_jobs
from velocity_pipelines.jobs import import_batches
from velocity_pipelines.launching import import_tags, stretches
from velocity_pipelines.platform.graphql import PARTITIONS
from velocity_pipelines.settings import Settings

ACTOR = "landing"
REST_SECONDS = 2.0
SIDECARS = (".done", ".mapping.yaml", ".proposed.yaml", ".reason.txt")
MOST_FILES = 500  # in one run


@dg.sensor(
    job=import_batches,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes in the complete files of the landing folder, all in one run.",
)
def landing_folder(
    context: dg.SensorEvaluationContext, workspace: dg.ResourceParam[Workspace]
) -> dg.SensorResult | dg.SkipReason:
    """One run for all files that are complete now."""
    folder = Settings.read().landing
    folder.mkdir(parents=True, exist_ok=True)
    taken = [batch for file in complete_files(folder) for batch in _take(workspace, file)]
    pending, ours = (catalog.pending(workspace.database, actor) for actor in (None, ACTOR))
    asked = json.loads(context.cursor or "[]")  # runs of these were asked for, and may be under way
    wanted = [batch for batch in pending if batch in taken or (batch in ours and batch not in asked)]
    if not wanted:
        return dg.SkipReason("no complete file that is not published already")
    there = list(context.instance.get_dynamic_partitions(PARTITIONS))
    new = [batch for batch in wanted if batch not in there]
    requests = [dg.RunRequest(tags=import_tags(part)) for part in stretches([*there, *new], wanted)]
    added = [BATCHES.build_add_request(new)] if new else []
    return dg.SensorResult(requests, cursor=json.dumps(pending), dynamic_partitions_requests=added)


def complete_files(folder: Path) -> list[Path]:
    """Files that are complete, oldest first, at most `MOST_FILES`."""
    now = time.time()
    files = [p for p in folder.iterdir() if p.is_file() and not p.name.endswith(SIDECARS) and p.name[0] != "."]
    ready = [p for p in files if _done(p).exists() or now - p.stat().st_mtime >= REST_SECONDS]
    return sorted(ready, key=lambda p: (p.stat().st_mtime, p.name))[:MOST_FILES]


def _take(workspace: Workspace, file: Path) -> list[str]:
    """The batches of a file's tables; none where no table can be taken."""
    from velocity_pipelines import landing  # noqa: PLC0415 - the readers load only when there is a file

    mapping = file.with_name(file.name + ".mapping.yaml")
    options = landing.Options(mapping=mapping if mapping.exists() else None, actor=ACTOR)
    try:
        found = landing.offer(file, options)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a file, the next one must not wait for it
        _refuse(file, f"it cannot be read: {type(error).__name__}\n")
        return []
    offered = [landing.recognise(workspace, one, options) for one in found if isinstance(one, landing.Offered)]
    for one in offered:
        landing.take(workspace, one, options.actor)  # what fails here is no fault of the file: it stays
    refused = [one.error for one in found if isinstance(one, landing.Refused)]
    if refused:
        _refuse(file, "".join(f"{error.message}\n{error.hint}\n" for error in refused))
    else:
        _move(file, "taken")
    return [one.arrival.batch for one in offered]


def _refuse(file: Path, reason: str) -> None:
    _move(file, "refused")
    target = file.parent / "refused" / file.name
    target.with_name(f"{file.name}.reason.txt").write_text(
        reason.replace(str(file), str(target))
    )  # proposals moved too


def _move(file: Path, into: str) -> None:
    target = file.parent / into
    target.mkdir(exist_ok=True)
    _done(file).unlink(missing_ok=True)
    beside = [file.with_name(file.name + sidecar) for sidecar in SIDECARS]
    of_members = file.parent.glob(f"{glob.escape(file.name)}.*.proposed.yaml")  # of the tables in it
    for part in (file, *beside, *of_members):
        if part.exists():
            part.replace(target / part.name)


def _done(file: Path) -> Path:
    return file.with_name(file.name + ".done")


SENSORS = [landing_folder, due_jobs]
