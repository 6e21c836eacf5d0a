"""Rules that people may change without code: contracts, as data, each under the hash of what it says.

One YAML a contract stands beside this module and is in force until the log says otherwise. Not here: what a contract
means (`identity.survivorship` and others that read one), and which is in force (`resources.contracts`).
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl
import yaml

CLIENT360, COMPLETENESS, QUALIFICATION = "client360", "completeness", "qualification"
SURVIVORSHIP = "survivorship"
NAMES = (CLIENT360, COMPLETENESS, QUALIFICATION, SURVIVORSHIP)


@cache
def shipped(name: str) -> str:
    """The contract that comes with the package, as canonical JSON."""
    return canonical(yaml.safe_load((files(__name__) / f"{name}.yaml").read_text("utf-8")))


def in_force(contracts: pl.DataFrame, name: str) -> dict[str, Any]:
    """What the contract of that name says: the one in force (`identity.frames.CONTRACTS`), else the shipped one."""
    texts = contracts.filter(pl.col("name") == name)["text"]
    found: dict[str, Any] = json.loads(shipped(name) if texts.is_empty() else texts[0])
    return found


def canonical(said: object) -> str:
    """The one text of a contract: sorted keys, no spaces."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def version(text: str) -> str:
    """The name of a contract's text: 12 hex of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
