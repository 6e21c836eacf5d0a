"""Reading files: bytes in, a table of text with line numbers out.

Not here: what the columns mean (`identity.mapping`), and which rows are good (`quality_checks.validation`).
"""

from resources.readers.delimited import read_delimited
from resources.readers.table import TextTable
from resources.readers.text import decode

__all__ = ["TextTable", "read_table"]


def read_table(data: bytes, name: str) -> TextTable:
    """The one table of a file. Refuses with `empty_file`, `not_a_table`, `unreadable_text` or `duplicate_header`."""
    text, encoding = decode(data, name)
    return read_delimited(text, name, encoding)
