"""When, and together with what: definitions, jobs, schedules, sensors, settings, command line.

No rules about people or companies, no SQL, no reading of formats.
"""

import os

# What libraries ask the environment for, unless somebody has said it.
#
# Frames of millions of values come and go from step to step. Memory that Polars would give back at once, it would have
# to ask for again a second later, page by page; so it keeps it for some seconds. Read when Polars is first imported.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:5000,muzzy_decay_ms:5000")
# A run over many batches writes their materializations together.
os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "500")
