"""GPU jobs that want a run: those that a run has left, since it or its machine died; what a publication makes wanted;
and what is due, above all retries. What was left is taken up with or without a worker of its own: each prompt is looked
up, what was finished is kept, what nobody wants cancelled, and what is lost tried again.

Not here: taking up (`resources.enriching.lane`), planning (`resources.enriching.planning`).
"""

import hashlib
import time

import dagster as dg

from assets.enrichment import BUDGET
from resources.workspace import Workspace
from velocity_pipelines.jobs import enrich
from velocity_pipelines.launching import enrich_config
from velocity_pipelines.settings import Settings

AGAIN = 600  # seconds until a run is asked for anew, where the last one has not changed anything
UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dg.sensor(
    job=enrich,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes up the GPU jobs that a crashed run has left; where a worker is named, also what is due.",
)
def due_jobs(
    context: dg.SensorEvaluationContext, workspace: dg.ResourceParam[Workspace]
) -> dg.RunRequest | dg.SkipReason:
    """One run for all of it; what is merely due waits while another run is under way."""
    from resources.enriching import looking, queue  # noqa: PLC0415 - loads when it is needed

    left, version, is_due = queue.abandoned(workspace), None, False
    if Settings.read().comfy_url and not _is_under_way(context.instance):
        version, is_due = looking.behind(workspace), queue.is_due(workspace)
    if not left and version is None and not is_due:
        return dg.SkipReason("no job is due")
    which = hashlib.sha256(f"{left} {version} {is_due}".encode()).hexdigest()[:16]
    config = enrich_config(BUDGET if version or is_due else 0, new=BUDGET if version else 0)
    return dg.RunRequest(run_key=f"{which}-{int(time.time()) // AGAIN}", run_config=config)


def _is_under_way(instance: dg.DagsterInstance) -> bool:
    which = dg.RunsFilter(job_name=enrich.name, statuses=UNDER_WAY)
    return bool(instance.get_run_records(which, limit=1))
