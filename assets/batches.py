"""The partition of everything that is done file by file: one key a batch.

Not here: how a batch gets its key (`identity.keys`) or is entered (`velocity_pipelines.landing`).
"""

import dagster as dg

from resources.run_tags import END, ONE, START

BATCHES = dg.DynamicPartitionsDefinition(name="batches")


def batches_of(context: dg.AssetExecutionContext) -> list[str]:
    """The batches that a run is about; none where it only brings everything up to the log."""
    tags = context.run.tags
    if START not in tags:
        return [tags[ONE]] if ONE in tags else []
    keys = list(BATCHES.get_partition_keys(dynamic_partitions_store=context.instance))
    return keys[keys.index(tags[START]) : keys.index(tags[END]) + 1]
