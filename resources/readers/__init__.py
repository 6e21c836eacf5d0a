"""Reading files: a path in, tables of text with lines and bytes out.

Not here: what the columns mean (`identity.mapping`), and which rows are good (`quality_checks.validation`).
"""

from pathlib import Path

from resources.readers.delimited import read_delimited
from resources.readers.table import Part, Table

__all__ = ["Part", "Table", "read_tables"]


def read_tables(path: Path, name: str) -> list[Table]:
    """The tables of a file."""
    return [read_delimited(path, name)]
