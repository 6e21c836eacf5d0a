"""The partition of everything that is done file by file: one key a batch.

Not here: how a batch gets its key (`identity.keys`) or is entered (`velocity_pipelines.landing`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from sqlalchemy.exc import OperationalError

from identity.errors import VelocityError
from resources.run_tags import END, ONE, START

TRANSIENT = ("storage_unreadable", "storage_unwritable", "database_unreachable")  # what may pass by itself
TRIES, WAIT_SECONDS = 3, 10

BATCHES = dg.DynamicPartitionsDefinition(name="batches")


def batches_of(context: dg.AssetExecutionContext) -> list[str]:
    """The batches that a run is about; none where it only brings everything up to the log."""
    tags = context.run.tags
    if START not in tags:
        return [tags[ONE]] if ONE in tags else []
    keys = list(BATCHES.get_partition_keys(dynamic_partitions_store=context.instance))
    return keys[keys.index(tags[START]) : keys.index(tags[END]) + 1]


@contextmanager
def retried() -> Iterator[None]:
    """A step that fails for a reason that may pass is tried again; whatever is wrong with a file is not."""
    try:
        yield
    except VelocityError as error:
        if error.code not in TRANSIENT:
            raise
        raise dg.RetryRequested(TRIES, WAIT_SECONDS) from error
    except OperationalError as error:
        raise dg.RetryRequested(TRIES, WAIT_SECONDS) from error
