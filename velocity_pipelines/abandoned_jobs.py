"""GPU jobs that a run has left, since it or its machine died: a run takes them up. It looks each prompt up, keeps what
was finished, cancels what nobody wants, and tries again what is lost; it knows no prompts but those of our attempts.

Not here: taking up (`resources.enriching.lane`).
"""

import hashlib
import time

import dagster as dg

from resources.workspace import Workspace
from velocity_pipelines.jobs import enrich
from velocity_pipelines.launching import enrich_config

AGAIN = 600  # seconds until a run is asked for anew, where the last one has not changed anything


@dg.sensor(
    job=enrich,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes up the GPU jobs that a crashed run has left.",
)
def abandoned_jobs(workspace: dg.ResourceParam[Workspace]) -> dg.RunRequest | dg.SkipReason:
    """One run for all jobs in work whose lease is over."""
    from resources.enriching import queue  # noqa: PLC0415 - loads when it is needed

    jobs = queue.abandoned(workspace)
    if not jobs:
        return dg.SkipReason("nobody has left a job")
    which = hashlib.sha256(" ".join(jobs).encode()).hexdigest()[:16]
    return dg.RunRequest(run_key=f"{which}-{int(time.time()) // AGAIN}", run_config=enrich_config(0))
