"""What tags say of a run: which batches it is about, and how it publishes.

Not here: who sets them (`velocity_pipelines.launching`) and who heeds them (`assets`). Imports nothing of Dagster, so
that the command line can launch runs without it.
"""

from collections.abc import Mapping

ONE = "dagster/partition"
START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"  # both belong to the range
LANE = {"velocity/lane": "resolve"}  # runs with this tag go one at a time
FOLLOWS = "velocity/follows"  # the version that alone the run may follow
ANEW = {"velocity/anew": "yes"}  # make all, and compare with what stands in Postgres, not with what was published last


def is_anew(tags: Mapping[str, str]) -> bool:
    """Whether a run is tagged so."""
    return ANEW.items() <= tags.items()


def batch_tags(batches: list[str]) -> dict[str, str]:
    """Tags of a run over these batches, which stand side by side in the list of partitions."""
    return {ONE: batches[0]} if len(batches) == 1 else {START: batches[0], END: batches[-1]}
