"""Which record keys were erased: nothing but their keyed hashes is known after the first step.

Not here: the hashes of rows that come in (`resources.erasures`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from identity.ids import ERASED_KEY
from identity.recognition import key_tokens
from resources.erasure_key import keyed


@dataclass(frozen=True, slots=True)
class Erased:
    """The keys of one erasure."""

    key: bytes
    hashes: frozenset[str]

    @classmethod
    def of(cls, key: bytes, said: dict[str, Any]) -> Erased:
        """By the entry of the erasure."""
        return cls(key, frozenset(said["hashes"]))

    def mask(self, keys: pl.Series) -> pl.Series:
        """Which of some record keys are erased."""
        return self._hashed(keys).is_in(self.hashes).fill_null(False)

    def among(self, keys: Iterable[str]) -> list[str]:
        """The erased ones, each once."""
        distinct = pl.Series(sorted(set(keys)), dtype=pl.String)
        return distinct.filter(self.mask(distinct)).to_list()

    def pseudonyms(self, keys: pl.Series) -> pl.Series:
        """Keys with something else in place of the erased ones, the same wherever they stand."""
        other = ERASED_KEY + self._hashed(keys).str.head(32)
        return pl.select(pl.when(self.mask(keys)).then(other).otherwise(keys)).to_series().alias(keys.name)

    def _hashed(self, keys: pl.Series) -> pl.Series:
        return keyed(self.key, key_tokens(keys))
