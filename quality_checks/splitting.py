"""Splitting the rows of a batch that need not fit memory; the same as `quality_checks.validation.split`.

Not here: the rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from identity.mapping import Mapping
from quality_checks.validation import Split, divide, judge, stamps, superseded
from resources.parts import parts_writer, read_parts


def split_parts(
    rows: Iterable[pl.DataFrame], mapping: Mapping, received_at: dt.datetime, folder: Path
) -> Iterator[Split]:
    """Split the parts of a table, at least one. Judged rows wait in the folder until the ids of all are known."""
    path, said = folder / "judged.parquet", []
    with parts_writer(path) as waiting:
        for part in rows:
            judged = judge(part, mapping, received_at)
            said.append(stamps(judged))
            waiting.write(judged)
    again = superseded(pl.concat(said))
    for judged in read_parts(path):
        yield divide(judged, again)
