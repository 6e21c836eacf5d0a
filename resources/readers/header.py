"""Finding the header among the first rows of a table, and naming its columns.

Not here: reading of cells, and what a column means (`identity.mapping`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import count

from identity.errors import BadInputError
from resources.readers.table import RESERVED

MOST_COLUMNS = 5000
SEARCHED = 50  # rows among which the header has to be
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
VALUE = re.compile(r"\S+@\S+\.\S+|https?://|[+(]?\d[\d\s().,:/+-]*%?|\d{4}-\d{2}-\d{2}.*")  # no name of a column

PATTERN = re.compile(r"^(?:\*|\^+(.*\$))$", re.DOTALL)  # what Polars takes for many columns: `*`, `^…$`


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """The index of the row that names the columns; None where no row holds anything.

    It is the first that is as wide as most rows below it and whose cells are names rather than values: preambles are
    narrower, and rows of data hold addresses, numbers and dates.
    """
    filled = [i for i, cells in enumerate(rows[:SEARCHED]) if any(c.strip() for c in cells)]
    if not filled:
        return None
    widths = Counter(_extent(rows[i]) for i in filled)
    widest = max(widths, key=lambda width: (widths[width] * width, width))
    return max(filled, key=lambda i: (_fits(rows[i], widest), -i))


def _extent(cells: Sequence[str]) -> int:
    """The number of cells up to the last that holds something."""
    return max((i for i, cell in enumerate(cells, start=1) if cell.strip()), default=0)


def _fits(cells: Sequence[str], widest: int) -> tuple[bool, bool]:
    named = [cell.strip() for cell in cells if cell.strip()]
    names = [cell for cell in named if not VALUE.fullmatch(cell)]
    return len(named) * 2 > widest, len(names) == len(named)


def name_columns(cells: Sequence[str], name: str) -> tuple[str, ...]:
    """The names of columns: an empty one is called by its place, one that stands there already by its number.

    Refuses `too_many_columns`, `reserved_header`, and `no_header` where the first row is one of data.
    """
    if any(ADDRESS.fullmatch(cell.strip()) for cell in cells):
        message = f"{name} does not name its columns: an e-mail address stands where names should"
        raise BadInputError("no_header", message, "add a first row with the names of the columns")
    if len(cells) > MOST_COLUMNS:
        message = f"{name} has {len(cells)} columns, and {MOST_COLUMNS} are the most"
        raise BadInputError("too_many_columns", message, "check its delimiter, or export fewer columns")
    header: dict[str, None] = {}
    for i, cell in enumerate(cells, start=1):
        title = PATTERN.sub(r"\1", cell.strip()) or f"column_{i}"
        again = (f"{title} ({n})" for n in count(2))
        header[title if title not in header else next(t for t in again if t not in header)] = None
    reserved = [title for title in header if title in RESERVED]
    if reserved:
        raise BadInputError("reserved_header", f"{name} has the column {reserved[0]!r}, which we use", "rename it")
    return tuple(header)
