"""How a frame differs from what it was: rows that come, or take the place of those of their key, and keys that go.

Not here: which rows have to be looked at (`identity.touched`), and how frames are kept (`resources.frames`).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Patch:
    """`rows` of a frame that is sorted by its first column, which is its key; `gone` are keys that it has no more.

    A row may be as it was; a key that goes may never have been there, or come again among the rows.
    """

    rows: pl.DataFrame
    gone: pl.Series

    def onto(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame that comes of the one before, or some columns of it, with the key among them."""
        key = self.rows.columns[0]
        about = pl.concat([self.rows[key], self.gone])
        kept = frame.filter(~pl.col(key).is_in(about.implode()))
        return pl.concat([kept, self.rows.select(frame.columns)]).sort(key)

    def after(self, before: Patch) -> Patch:
        """Both in one."""
        return Patch(self.onto(before.rows), pl.concat([before.gone, self.gone]))
