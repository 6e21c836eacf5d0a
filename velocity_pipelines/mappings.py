"""Mapping files: proposed for a file that no shipped mapping fits, and tried on one.

Not here: how a column is placed (`identity.suggesting`), and how rows are judged (`quality_checks.validation`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from identity.errors import BadInputError
from identity.mapping import Mapping, check_columns, keep_unmapped, parse_mapping
from identity.suggesting import propose
from resources.readers import Table, Unreadable, open_tables


def read_mapping(path: Path) -> Mapping:
    """The mapping in a YAML file; `unreadable_file`, `bad_mapping`."""
    try:
        return parse_mapping(path.read_text("utf-8", "replace"))
    except OSError as error:
        raise BadInputError("unreadable_file", f"{path} cannot be read: {error.strerror}", "check the path") from None


def suggest(path: Path, source: str | None, entity: str | None, out: Path | None) -> list[dict[str, Any]]:
    """A proposal for each table of a file: its mapping, each column with a confidence and a reason.

    Written to `out` if that is given; where the file has several tables, to `out` with their numbers.
    """
    found: list[dict[str, Any]] = []
    with _opened(path) as tables:
        for number, table in enumerate(tables, start=1):
            if isinstance(table, Unreadable):
                found.append({"member": table.member, "error": table.as_dict()})
                continue
            proposal = propose(table.header, table.head, source, entity)
            target = out if out is None or len(tables) == 1 else out.with_stem(f"{out.stem}-{number}")
            if target is not None:
                _write(target, proposal.as_yaml())
            facts: dict[str, Any] = {
                "member": table.member,
                "out": str(target) if target else None,
                "confident": proposal.confident,
            }
            facts |= {"columns": [asdict(column) for column in proposal.columns], "yaml": proposal.as_yaml()}
            found.append({**facts, "mapping": _plain(proposal.mapping)})
    return found


def check(path: Path, mapping: Mapping) -> list[dict[str, Any]]:
    """What a mapping would do with each table of a file: columns that are missing or not spoken of, counts of rows, why
    rows are rejected.
    """
    with _opened(path) as tables:
        return [_checked(table, mapping) for table in tables]


def _checked(table: Table | Unreadable, mapping: Mapping) -> dict[str, Any]:
    if isinstance(table, Unreadable):
        return {"member": table.member, "error": table.as_dict()}
    gap = check_columns(mapping, table.header)
    facts: dict[str, Any] = {"member": table.member, "missing": gap.missing, "unmapped": gap.unmapped}
    if gap.missing:
        return {**facts, "counts": None, "reasons": {}}
    from quality_checks.validation import interpret  # noqa: PLC0415

    made = interpret(table.parts(), keep_unmapped(mapping, table.header), "check", dt.datetime.now(dt.UTC))
    reasons = made.split.rejected.group_by("column", "reason").agg(rows=pl.len(), line=pl.col("line").min())
    return {**facts, "counts": asdict(made.counts), "reasons": reasons.sort("rows", "line", descending=True).to_dicts()}


def _opened(path: Path) -> Any:
    if not path.is_file():
        raise BadInputError("unreadable_file", f"{path} is no file", "check the path")
    return open_tables(path, path.name)


def _plain(mapping: Mapping) -> dict[str, Any]:
    facts = mapping.as_dict()
    return {**facts, "columns": dict(facts["columns"]), "version": mapping.version}


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInputError("bad_path", f"{path} cannot be written: {error.strerror}", "check --out") from None
