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
from resources.erasure_key import keyed, known_among


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
        said = key_tokens(keys)
        return said.is_in(list(known_among(self.key, said, self.hashes))).fill_null(False)

    def among(self, keys: Iterable[str]) -> list[str]:
        """The erased ones, each once."""
        distinct = pl.Series(sorted(set(keys)), dtype=pl.String)
        return distinct.filter(self.mask(distinct)).to_list()

    def pseudonyms(self, keys: pl.Series) -> pl.Series:
        """Keys with something else in place of the erased ones, the same wherever they stand."""
        erased = self.among(keys.drop_nulls())
        others = [
            ERASED_KEY + digest[:32] for digest in keyed(self.key, key_tokens(pl.Series(erased, dtype=pl.String)))
        ]
        return keys.replace(erased, others) if erased else keys
