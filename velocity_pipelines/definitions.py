"""What Dagster loads: one call.

Not here: anything else; assets are in `assets/`, jobs, schedules and sensors beside this file.
"""

from velocity_pipelines.build import build_defs

defs = build_defs()
