"""Registered domains of hosts, by the public suffix list that the package `publicsuffixlist` carries: no network.

A host of two labels is its own registered domain; the list is asked of the others, each once.

Not here: which hosts are mail providers (`identity.mailboxes`), and cleaning for display (`identity.standardise`).
"""

from __future__ import annotations

from functools import cache

import polars as pl
from publicsuffixlist import PublicSuffixList

from identity.distinct import by_value, looked_up


def registered(hosts: pl.Expr) -> pl.Expr:
    """`mail.acme.co.uk` as `acme.co.uk`; a host that is itself a public suffix stays as it is. Lower case is given."""
    return hosts.map_batches(lambda values: by_value(values, _registered), return_dtype=pl.String)


def _registered(hosts: pl.Series) -> pl.Series:
    bare = hosts.str.strip_chars(" .").str.strip_prefix("www.").replace("", None)
    deep = (bare.str.count_matches(".", literal=True).fill_null(0) > 1).arg_true()
    return bare.scatter(deep, looked_up(bare.gather(deep), _domain, pl.String())) if len(deep) else bare


def _domain(host: str) -> str:
    return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
