"""Schedules: the nightly work.

Not here: the jobs themselves (`velocity_pipelines.jobs`).
"""

import dagster as dg

from velocity_pipelines.jobs import replay

nightly_replay = dg.ScheduleDefinition(
    name="nightly_replay",
    job=replay,
    cron_schedule="30 2 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each night: is what is published still what the evidence says?",
)

SCHEDULES = [nightly_replay]
