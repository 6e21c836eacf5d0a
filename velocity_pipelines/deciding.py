"""People's words: merge, split, judge a pair, take a word back; which hold, sleep, clash or want a new look.

Not here: what they amount to together (`identity.judgements`), and how they enter the log (`resources.decisions`).
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import pwd
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from identity.errors import BadInputError
from identity.evidence import shown
from identity.fields import RESOLVED, Entity
from identity.judgements import Judgement, Standing, Word, standing
from resources import decisions
from resources.decisions import Said
from resources.publishing import live_edges, published_frame
from resources.workspace import Workspace
from velocity_pipelines.naming import cluster_of, record_key
from velocity_pipelines.settings import Settings


@dataclass(frozen=True, slots=True)
class Author:
    """Who decides, and why."""

    actor: str
    reason: str


def author(settings: Settings, reason: str, by: str | None) -> Author:
    """The user of the operating system; another name only where nobody else could be hurt by it."""
    if by is not None and settings.env != "local":
        raise BadInputError("not_allowed", f"--by is for local use, this is {settings.env}", "leave it out")
    return Author(by or _user(), reason)


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # as in a container without a passwd entry
        return f"uid {os.getuid()}"


def merge(workspace: Workspace, one: str, other: str, who: Author) -> dict[str, Any]:
    """*Same* on the oldest record of each."""
    left, right = (cluster_of(workspace, name) for name in (one, other))
    if left.canonical_id == right.canonical_id:
        raise BadInputError("same_already", f"{one} and {other} are one already", "nothing is to be done")
    return _judge(workspace, [Judgement("same", left.keys[0], right.keys[0])], who)


def split(workspace: Workspace, name: str, records: Sequence[str], who: Author) -> dict[str, Any]:
    """*Different* between each named record and the rest of the cluster, *same* within the named ones."""
    cluster = cluster_of(workspace, name)
    named = list(dict.fromkeys(record_key(workspace, record) for record in records))
    rest = [key for key in cluster.keys if key not in named]
    for key in named:
        if key not in cluster.keys:
            raise BadInputError("not_in_cluster", f"{key} is no record of {name}", "`velocity show` lists them")
    if not rest:
        raise BadInputError("nothing_left", f"these are all records of {name}", "leave one out")
    within = [Judgement("same", named[0], key) for key in named[1:]]
    return _judge(workspace, [*within, *(Judgement("different", a, b) for a in named for b in rest)], who)


def judge_pair(workspace: Workspace, one: str, other: str, word: Word, who: Author) -> dict[str, Any]:
    """A word on two records."""
    return _judge(workspace, [Judgement(word, record_key(workspace, one), record_key(workspace, other))], who)


def _judge(workspace: Workspace, judgements: list[Judgement], who: Author) -> dict[str, Any]:
    keys = {key for judgement in judgements for key in judgement[1:]}
    evidence = _evidence(workspace, keys)
    made = decisions.judge(workspace.database, judgements, who.actor, who.reason, evidence)
    return next(one for one in listed(workspace) if one["decision"] == made.seq)


def listed(workspace: Workspace) -> list[dict[str, Any]]:
    """Every decision that is not retracted, oldest first: its words, its state (holds, asleep or conflict, with the
    earlier ones that it clashes with), and whether what was shown to its author changed since (`stale`; it holds).
    """
    with workspace.database.transaction() as connection:
        said = decisions.read(connection)
    keys = {key for one in said for judgement in one.decision.judgements for key in judgement[1:]}
    now = _evidence(workspace, keys) if keys else {}
    stands = standing([one.decision for one in said], set(now))
    return [_listed(one, stands, now) for one in said]


def _listed(said: Said, stands: Standing, now: dict[str, str]) -> dict[str, Any]:
    seq = said.decision.seq
    changed = [key for key, before in said.shown.items() if now.get(key, before) != before]
    return {
        "decision": seq,
        "at": said.at.isoformat(),
        "actor": said.actor,
        "reason": said.reason,
        "judgements": [list(judgement) for judgement in said.decision.judgements],
        "state": stands.states[seq],
        "clashes": list(stands.clashes.get(seq, ())),
        "stale": bool(changed),
    }


def _evidence(workspace: Workspace, keys: Iterable[str]) -> dict[str, str]:
    """What is shown of each of these records, if it is there."""
    wanted = list(keys)
    found: dict[str, str] = {}
    for entity in RESOLVED:
        records = published_frame(workspace, f"{entity}_records")
        found |= shown(records.filter(pl.col("key").is_in(wanted)), entity)
    return found


def tasks(workspace: Workspace, most: int = 50) -> list[dict[str, Any]]:
    """What waits for a person: decisions that clash or are stale, then pairs in doubt, the likeliest first."""
    again = [
        {"task": f"d{one['decision']}", "kind": "conflict" if one["state"] == "conflict" else "stale", **one}
        for one in listed(workspace)
        if one["state"] == "conflict" or one["stale"]
    ]
    doubtful = pl.concat([_doubtful(workspace, entity) for entity in RESOLVED])
    pairs = doubtful.sort("bits", "left", "right", descending=[True, False, False]).head(most)
    return [*again, *({"task": task_name(p["left"], p["right"]), "kind": "pair", **p} for p in pairs.to_dicts())]


def _doubtful(workspace: Workspace, entity: Entity) -> pl.DataFrame:
    from identity.clustering import doubtful  # noqa: PLC0415 - SciPy loads only where it is used

    edges = doubtful(live_edges(workspace, entity), published_frame(workspace, f"{entity}_clusters"))
    return edges.select(pl.lit(entity).alias("entity"), "left", "right", "bits")


def task_name(left: str, right: str) -> str:
    """The name of the task to judge a pair: the same wherever it is asked."""
    digest = hashlib.sha256(f"{left}\0{right}".encode()).digest()
    return f"t_{base64.b32hexencode(digest[:10]).decode().lower()}"


def pair_of(workspace: Workspace, task: str) -> tuple[str, str]:
    """The records of a task; `unknown_task`."""
    edges = (live_edges(workspace, entity).select("left", "right") for entity in RESOLVED)
    for left, right in itertools.chain.from_iterable(frame.iter_rows() for frame in edges):
        if task_name(left, right) == task:
            return left, right
    for one in listed(workspace):
        if task == f"d{one['decision']}" and len(one["judgements"]) == 1:
            return one["judgements"][0][1], one["judgements"][0][2]
    raise BadInputError("unknown_task", f"there is no task {task}", "`velocity review list` lists them")


def retract(workspace: Workspace, number: int, who: Author) -> None:
    """Take a decision back; `unknown_decision`."""
    decisions.retract(workspace.database, number, who.actor, who.reason)
