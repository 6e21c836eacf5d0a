"""The partition of everything that is done file by file: one key a batch.

Not here: how a batch gets its key (`identity.keys`) or is entered (`velocity_pipelines.landing`).
"""

import dagster as dg

BATCHES = dg.DynamicPartitionsDefinition(name="batches")
