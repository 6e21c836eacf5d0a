"""Why a golden value is what it is: its rule, all candidates, why each lost, and the cell that each came from.

Not here: the reasons (`identity.survivorship_reasons`), the cells (`velocity_pipelines.tracing`), and columns of the
client-360 that are counted (`velocity_pipelines.explaining_counts`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import polars as pl

from identity import survivorship_rules
from identity.contracts import SURVIVORSHIP
from identity.errors import BadInputError
from identity.fields import FIELDS
from identity.survivorship import DISPLAY
from identity.survivorship_reasons import Candidate, contest
from identity.survivorship_rules import Rules
from resources import decisions
from resources.publishing import published_frame
from resources.tables import Base
from resources.workspace import Workspace
from velocity_pipelines.naming import Cluster, cluster_of
from velocity_pipelines.tracing import CELLS, TRACED, trace

NAMED = re.compile(r"(\w+)(?:\[(\d+)\])?")
FIRST = {"primary_email": "email", "primary_phone": "phone", "primary_domain": "domain"}
NO_CELL = ("payload", "version", "canonical_id")


@dataclass(frozen=True, slots=True)
class State:
    """What is published of one entity, and what it follows from."""

    workspace: Workspace
    cluster: Cluster
    records: pl.DataFrame
    rules: Rules
    overrides: pl.DataFrame
    row: pl.DataFrame  # the golden one

    @property
    def golden(self) -> dict[str, Any]:
        """The golden row by its fields."""
        return self.row.row(0, named=True)

    @classmethod
    def read(cls, workspace: Workspace, cluster: Cluster) -> State:
        """Of the newest version."""
        entity = cluster.entity
        records = published_frame(workspace, f"{entity}_records", pl.col("key").is_in(cluster.keys))
        rules = survivorship_rules.of(published_frame(workspace, "contracts"))[entity]
        rows = published_frame(workspace, entity, pl.col("canonical_id") == cluster.canonical_id)
        overrides = published_frame(workspace, "overrides")
        return cls(workspace, cluster, records, rules, overrides, rows)


def cell(workspace: Workspace, name: str, asked: str) -> dict[str, Any]:
    """The explanation of a golden field, `field[2]`, or a column of the client-360; `unknown_field`, `no_value`."""
    from velocity_pipelines.explaining_counts import count  # noqa: PLC0415 - it explains cells in turn

    state = State.read(workspace, cluster_of(workspace, name))
    word, rank = _named(asked)
    fields = {field.name: field for field in FIELDS[state.cluster.entity] if field.ref is None}
    if word == "display_name":
        word = _display(state)
        rank = rank or (1 if fields[word].multi else None)
    elif word == "domain" and state.golden.get("company_domain") is not None:  # of a contact
        word = "company_domain"
    elif word in FIRST and FIRST[word] in fields:
        word, rank = FIRST[word], rank or 1
    if word in fields:
        return {**_golden(state, word, rank), "asked": asked}
    counted = [*Base.metadata.tables[f"{state.cluster.entity}_360"].columns.keys(), "records"]
    if word not in counted or word in NO_CELL or rank is not None:
        known = dict.fromkeys(["display_name", *fields, *(n for n in counted if n not in NO_CELL)])
        raise BadInputError(
            "unknown_field", f"{asked} is no field of {state.cluster.entity}", f"there are {', '.join(known)}"
        )
    return {**count(state, word), "asked": asked}


def _named(asked: str) -> tuple[str, int | None]:
    found = NAMED.fullmatch(asked)
    return (found[1], int(found[2]) if found[2] else None) if found else (asked, None)


def _display(state: State) -> str:
    """The field that a client is called by."""
    for called in DISPLAY[state.cluster.entity]:
        if state.row.select(called).to_series()[0] is not None:
            return called.meta.root_names()[0]
    return DISPLAY[state.cluster.entity][0].meta.root_names()[0]


def _golden(state: State, field: str, rank: int | None) -> dict[str, Any]:
    asked, value = rank or 1, state.golden[field]
    values = value if isinstance(value, list) else [value]
    if rank is not None and not 1 <= rank <= len(values):
        raise BadInputError("no_value", f"there is no {field}[{rank}]", f"it has {len(values)} values")
    unit = state.rules.unit_of(field)
    found = contest(state.records, field, state.rules, state.overrides, asked)
    told = _told(state, field, found, asked)
    return {
        "entity": state.cluster.entity,
        "canonical_id": state.cluster.canonical_id,
        "field": field,
        "value": value if rank is None else values[rank - 1],
        "contract": {"name": SURVIVORSHIP, "version": state.rules.version},
        "rule": {
            "unit": unit.name, "fields": list(unit.fields), "criteria": list(unit.criteria),
            "tiers": [list(tier) for tier in unit.tiers], "roles": list(unit.roles),
        },
        "decision": next((one["decision"] for one in told if one["won"]), None),
        "candidates": told,
        "silent": state.records.height - len({key for one in found for key in one.held_by}),
        "verified": all(one["verified"] for one in told if one["decision"] is None),
    }  # fmt: skip


def _told(state: State, field: str, found: list[Candidate], asked: int) -> list[dict[str, Any]]:
    """Candidates as they are told, each with its decision or its cell."""
    rows = [
        {"key": one.key, "entity": state.cluster.entity, "field": field, "role": one.role, "value": one.value}
        for one in found
        if one.decision is None
    ]
    cells = pl.DataFrame(rows, schema={"key": pl.String, **{n: CELLS[n] for n in ("entity", "field", "role", "value")}})
    placed = cells.join(state.records.select("key", "batch", "line", "derived"), on="key", maintain_order="left")
    traced = iter(trace(state.workspace, placed).to_dicts())
    said = _decisions(state) if any(one.decision for one in found) else {}
    none = dict.fromkeys(("batch", "line", *TRACED))
    return [
        {
            **one._asdict(),
            "won": one.rank == asked,
            "decision": said[one.decision] if one.decision else None,
            **(none if one.decision else _place(next(traced))),
        }
        for one in found
    ]


def _place(traced: dict[str, Any]) -> dict[str, Any]:
    place = {name: traced[name] for name in ("batch", "line", *TRACED)}
    return {**place, "cells": json.loads(place["cells"]) if place["cells"] else None}


def _decisions(state: State) -> dict[int, dict[str, Any]]:
    """What people had set by the cut of the version, which may be taken back since."""
    upto = published_frame(state.workspace, "cut")["upto"][0]
    with state.workspace.database.transaction() as connection:
        said = decisions.set_by_people(connection, upto)
        standing = {one.seq for one in decisions.set_by_people(connection)}
    return {
        one.seq: {
            "decision": one.seq, "actor": one.actor, "at": one.at.isoformat(), "reason": one.reason,
            "state": "holds" if one.seq in standing else "retracted",
        }
        for one in said
    }  # fmt: skip


def words(found: dict[str, Any]) -> str:
    """The explanation of a cell for people."""
    value = found["value"]
    lines = [f"{found['field']} of {found['entity']} {found['canonical_id']}: {shown(value)}"]
    if "candidates" not in found:
        return "\n".join([*lines, *_counted(found)])
    rule, contract = found["rule"], found["contract"]
    lines.append(f"  by {contract['name']} {contract['version']}: {', then '.join(rule['criteria'])}")
    if len(rule["fields"]) > 1:
        lines.append(f"  taken together from one record: {', '.join(rule['fields'])}")
    for one in found["candidates"]:
        lines += _candidate(one)
    if found["silent"]:
        lines.append(f"  {found['silent']} records say nothing of it")
    return "\n".join(lines)


def _candidate(one: dict[str, Any]) -> list[str]:
    end = "won" if one["won"] else f"before it by {one['won_by']}" if one["won_by"] else f"lost by {one['lost_by']}"
    scores = ", ".join(f"{name} {shown(score)}" for name, score in one["scores"].items())
    lines = [f"  {one['rank']}. {shown(one['value'])}: {end} ({scores})"]
    if one["decision"]:
        said = one["decision"]
        since = ", taken back since" if said["state"] == "retracted" else ""
        set_by = f"set by {said['actor']} on {said['at'][:10]}, decision {said['decision']}{since}: {said['reason']}"
        return [*lines, f"     {set_by}"]
    role = "" if one["role"] == "main" else f", its {one['role']} address"
    again = "the same when read again" if one["verified"] else "NOT the same when read again"
    cells = ", ".join(f"{column}: {shown(cell)}" for column, cell in (one["cells"] or {}).items())
    lines.append(f"     {one['key']}{role}, line {one['line']} of {one['file']} ({one['sha256'][:12]})")
    return [*lines, f"     {cells or 'no column feeds it'}; {again}"]


def _counted(found: dict[str, Any]) -> list[str]:
    lines = [f"  {found['how']}: {found['count']} records"]
    for one in found.get("signals", ()):
        until = f" until {one['until'][:10]}" if one["until"] else ""
        lines.append(f"  {one['name']}: {one['points']} points{until}, {one['evidence_count']} records")
    lines += [f"  {r['key']}, line {r['line']} of {r['file']}" for r in found["records"]]
    return [*lines, f"  and {found['left_off']} more"] if found["left_off"] else lines


def shown(value: Any) -> str:
    """A value, or the values of a list, as people read it."""
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "nothing" if value is None else str(value)
