"""How the records of an entity are matched: an epoch, and the two functions that are more than data.

Not here: the shipped models' own functions (`identity.features`, `identity.scoring`), and what is made of the pairs
(`identity.edges`, `identity.clustering`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from identity.epoch import Epoch

Features = Callable[[pl.DataFrame], pl.DataFrame]
Compare = Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Matcher:
    """`features` turns records into one row each, sorted by `key`. `compare` takes such rows and pairs of row numbers
    (`l`, `r`, sorted) and gives `bits_<comparison>` of each pair, in that order: the epoch's integers.
    """

    epoch: Epoch
    features: Features
    compare: Compare
