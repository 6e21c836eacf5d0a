"""A Spark session on this machine, as tests and benchmarks use; a cluster's is made as docs/spark.md says.

Needs the extra `spark` and Java. Not here: what is computed on it (`identity.spark`).
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def lacking() -> str:
    """What Spark needs and this machine has not; empty where it has all."""
    wanted = {"pyspark (make spark)": find_spec("pyspark"), "Java": shutil.which("java")}
    return ", ".join(name for name, found in wanted.items() if not found)


@contextmanager
def local_session(folder: Path, cores: int = 2) -> Iterator[SparkSession]:
    """A session that listens on this machine alone and keeps its files under a folder."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra

    given = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "4g",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(folder / "local"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.shuffle.partitions": str(cores * 4),
        "spark.sql.autoBroadcastJoinThreshold": "512m",  # else pairs are sorted with all that is known of both records
        "spark.sql.execution.arrow.maxRecordsPerBatch": "50000",  # each has DuckDB plan its long query once
    }
    session = SparkSession.builder.master(f"local[{cores}]").config(map=given).getOrCreate()
    try:
        session.sparkContext.pythonExec = sys.executable  # what PYSPARK_PYTHON says elsewhere
        session.sparkContext.setLogLevel("ERROR")
        session.sparkContext.setCheckpointDir(str(folder / "checkpoints"))
        yield session
    finally:
        session.stop()
