"""Where the rows of a delimited text stand: begin, end, line and number of cells of each, for millions at a time.

A row ends at a line break outside quotes, and that is a matter of counting quotes (RFC 4180), so no cell has to be cut
to find it. Text whose quotes do not follow the rule is not for this module (`resources.readers.careful`).

Not here: the cells.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LF, CR = 10, 13

Units = NDArray[np.uint8] | NDArray[np.uint16]  # of a text: bytes, or pairs of bytes in UTF-16
Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]


class Spans(NamedTuple):
    """Rows by place, in units of the text: [begin, end) without the line break; line breaks before it; its cells.

    `rest` is where the first row begins that does not end in this text.
    """

    begin: Numbers
    end: Numbers
    line: Numbers
    cells: Numbers
    rest: int
    lines: int  # line breaks before `rest`


def spans(units: Units, delimiter: str, quote: str, *, is_last: bool) -> Spans | None:
    """The rows of a text that begins with one; None where quotes or line ends are not by the rule."""
    quotes = units == ord(quote)
    inside = np.bitwise_xor.accumulate(quotes) if quotes.any() else quotes
    if not _are_by_rule(units, quotes, inside, ord(delimiter), is_last=is_last):
        return None
    breaks = np.flatnonzero(units == LF)
    ends = breaks[~inside[breaks]]
    open_end = is_last and units.size > (ends[-1] + 1 if ends.size else 0)
    stops = np.append(ends, units.size) if open_end else ends
    begin = np.concatenate([[0], stops[:-1] + 1]) if stops.size else stops
    end = stops - ((stops > begin) & (units[stops - 1] == CR))
    delimiters = np.flatnonzero((units == ord(delimiter)) & ~inside)
    before = np.searchsorted(delimiters, np.concatenate([begin[:1], stops]))
    rest = int(min(stops[-1] + 1, units.size)) if stops.size else 0
    line, lines = np.searchsorted(breaks, begin), int(np.searchsorted(breaks, rest))
    return Spans(begin, end, line, np.diff(before) + 1, rest, lines)


def _are_by_rule(units: Units, quotes: Mask, inside: Mask, delimiter: int, *, is_last: bool) -> bool:
    """Whether no carriage return stands alone, and quotes open only where a cell begins and close where one ends."""
    returns = np.flatnonzero(units == CR)
    if returns.size and (_after(units, returns, LF) != LF).any():
        return False
    at = np.flatnonzero(quotes)
    if not at.size:
        return True
    if is_last and inside[-1]:
        return False
    opened = inside[at]
    opens, closes = at[opened], at[~opened]
    quote = int(units[at[0]])
    before = np.where(opens > 0, units[np.maximum(opens, 1) - 1], LF)
    after = _after(units, closes, LF)
    begins = (before == delimiter) | (before == LF) | (before == quote)
    ends = (after == delimiter) | (after == LF) | (after == CR) | (after == quote)
    return bool(begins.all() and ends.all())


def _after(units: Units, at: Numbers, otherwise: int) -> NDArray[Any]:
    """The unit after each place, `otherwise` at the end of the text."""
    return np.where(at + 1 < units.size, units[np.minimum(at + 1, units.size - 1)], otherwise)
