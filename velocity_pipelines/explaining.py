"""Why two records are together or not, and how an entity was built: facts for scripts, words for people.

Not here: the facts themselves (`identity.explanation`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from identity import explanation
from identity.epoch import thousandths
from identity.errors import BadInputError
from identity.fields import RESOLVED, Entity
from identity.judgements import Standing, standing
from identity.stages import epoch_of
from resources import decisions
from resources.publishing import live_edges, published_frame
from resources.workspace import Workspace
from velocity_pipelines.naming import cluster_of, record_key
from velocity_pipelines.showing import evidence

WHY = {
    "same": "a person said that they are the same",
    "different": "a person said that they are different",
    "joined": "they join",
    "through_others": "they do not join by themselves; others hold them together",
    "not_compared": "they were not compared: nothing that a block asks for is the same in both",
    "hub": "they were not compared: what they share, too many records share",
    "too_weak": "what they share is too little",
    "review": "it is in doubt: a person should say",
    "lacking": "they share a name and too little else: a person should say",
    "decision": "joining them would break a person's word",
    "one_per_source": "joining them would put two records of a source together that says it holds nobody twice",
    "outweighed": "they join by themselves, but most of the records on both sides speak against it",
    "household": "they share a home, not a name: a household",
    "shared": "they share an address or a number, not a name",
    "surname": "their surnames differ, and nothing strong enough speaks for them",
    "numbered": "a company gave them addresses that only a figure tells apart: two people of one name",
    "born": "they were born on different days",
    "national_id": "their national ids differ",
}


def pair(workspace: Workspace, one: str, other: str) -> dict[str, Any]:
    """Why, or why not: levels in bits, blocks, limits, guard or cut, decision, and the way between them."""
    from identity.scoring import matcher  # noqa: PLC0415 - Splink and DuckDB load only where they are used

    left, right = explanation.ordered(record_key(workspace, one), record_key(workspace, other))
    entity = _entity_of(left, right)
    match = matcher(entity, epoch_of(published_frame(workspace, "epochs"), entity))
    records = published_frame(workspace, f"{entity}_records", pl.col("key").is_in([left, right]))
    features = published_frame(workspace, f"{entity}_features")
    facts = explanation.pair_facts(records, features, match)
    edges = live_edges(workspace, entity)
    edge = next(edges.filter((pl.col("left") == left) & (pl.col("right") == right)).iter_rows(named=True), None)
    ids = [cluster_of(workspace, key) for key in (left, right)]
    together = ids[0].canonical_id == ids[1].canonical_id
    built = explanation.steps(ids[0].keys, edges, _standing(workspace, ids[0].keys)) if together else []
    model = match.epoch.model
    return {
        "entity": entity,
        "left": left,
        "right": right,
        "canonical_ids": [cluster.canonical_id for cluster in ids],
        "together": together,
        "why": explanation.why(facts, edge, match, together=together),
        "answer": edge["answer"] if edge else None,
        "cut": edge["cut"] if edge else None,
        "judged": edge["judged"] if edge else None,
        "bits": facts.bits,
        "prior": match.epoch.prior,
        "thresholds": {"join": thousandths(model.join), "review": thousandths(model.review)},
        "levels": [level._asdict() for level in facts.levels],
        "blocks": [{**block._asdict(), "proposes": block.records <= block.cap} for block in facts.blocks],
        "over_limit": list(facts.over_limit),
        "path": explanation.path(left, right, built) if together else [],
        "epoch": match.epoch.id,
    }


def _entity_of(left: str, right: str) -> Entity:
    named = {key.split(":", 2)[1] for key in (left, right)}
    if left == right:
        raise BadInputError("one_record", f"{left} is one record, not two", "name two records")
    for entity in RESOLVED:
        if named == {entity}:
            return entity
    raise BadInputError("different_entities", "a contact and an account are never one", "name two of a kind")


def _standing(workspace: Workspace, keys: list[str]) -> Standing:
    with workspace.database.transaction() as connection:
        said = decisions.read(connection)
    return standing([one.decision for one in said], set(keys))


def entity(workspace: Workspace, name: str) -> dict[str, Any]:
    """How an entity was built, step by step, from which lines of which files, and what was kept out of it."""
    cluster = cluster_of(workspace, name)
    edges = live_edges(workspace, cluster.entity)
    built = explanation.steps(cluster.keys, edges, _standing(workspace, cluster.keys))
    with workspace.database.transaction() as connection:
        records = evidence(connection, cluster.canonical_id)
    return {
        "entity": cluster.entity,
        "canonical_id": cluster.canonical_id,
        "records": records,
        "steps": [step._asdict() for step in built],
        "kept_out": [out._asdict() for out in explanation.kept_out(cluster.keys, edges)],
    }


def pair_words(found: dict[str, Any]) -> str:
    """The explanation of a pair for people."""
    lines = [f"{found['left']} and {found['right']}: {'one' if found['together'] else 'two'}, {WHY[found['why']]}"]
    lines.append(f"  {_bits(found['prior'])} to begin with")
    lines += [f"  {_bits(level['bits'])} {level['comparison']}: {level['level']}" for level in found["levels"]]
    join = _bits(found["thresholds"]["join"]).strip()
    lines.append(
        f"  {_bits(found['bits'])} in all; {join} join, {_bits(found['thresholds']['review']).strip()} are in doubt"
    )
    for block in found["blocks"]:
        what = "compared for" if block["proposes"] else "not compared for"
        lines.append(
            f"  {what} {' and '.join(block['features'])}: {block['records']} records share it, cap {block['cap']}"
        )
    lines += [f"  {feature}: what both have, too many have; it was left out" for feature in found["over_limit"]]
    if len(found["path"]) > 2:
        lines.append(f"  held together over {' - '.join(found['path'])}")
    return "\n".join(lines)


def entity_words(found: dict[str, Any]) -> str:
    """How an entity was built, for people."""
    lines = [f"{found['entity']} {found['canonical_id']}, {len(found['records'])} records"]
    lines += [f"  {r['key']}, line {r['line']} of {r['file']}" for r in found["records"]]
    for number, step in enumerate(found["steps"], start=1):
        by = "a person's word" if step["by"] == "decision" else f"{_bits(step['bits']).strip()} bits"
        lines.append(f"  {number}. {step['left']} + {step['right']}: {by}; {step['records']} together")
    for out in found["kept_out"]:
        lines.append(
            f"  without {out['outside']}: {WHY.get(out['reason'], out['reason'])} ({_bits(out['bits']).strip()} bits)"
        )
    return "\n".join(lines)


def _bits(thousandth: int) -> str:
    return f"{thousandth / 1000:+8.2f}"
