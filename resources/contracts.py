"""Contracts of the log: which version of which rules is in force.

Not here: what they say (`identity.contracts`).
"""

from __future__ import annotations

import polars as pl
from sqlalchemy import Connection

from identity.frames import CONTRACTS
from resources import log


def in_force(connection: Connection, upto: int | None = None) -> pl.DataFrame:
    """The contracts of a cut (CONTRACTS); one whose shipped version is in force has no row."""
    entries = [said for _, said in log.payloads(connection, "contract", upto)]
    active = {said["name"]: said["activates"] for said in entries if "activates" in said}
    texts = {(said["name"], said["version"]): said["text"] for said in entries if "text" in said}
    rows = [(name, version, texts[name, version]) for name, version in active.items() if (name, version) in texts]
    return pl.DataFrame(rows, schema=CONTRACTS, orient="row")
