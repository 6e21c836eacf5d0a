"""Which records are one entity, and why some joining pairs do not hold.

Not here: the stable names of clusters (`assets.crosswalk`).
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets import pictures
from assets.setwise import Frame, columns_of, emit, ins, outs, results, specs
from identity import stages
from identity.fields import RESOLVED
from quality_checks import consistency
from quality_checks.verdict import LIMITS, Outgrown, verdict
from resources.memory import recall
from resources.workspace import Workspace

OUTS = {
    "contact_clusters": "Each current contact record and the smallest key of its cluster.",
    "contact_live_edges": "The contact pairs with the answer given to each and the reason of every cut.",
    "account_clusters": "Each current account record and the smallest key of its cluster.",
    "account_live_edges": "The account pairs with the answer given to each and the reason of every cut.",
}
CHECKED = ("contact_clusters", "account_clusters")
FITS = {name: limit.text for name, limit in LIMITS.items()}


@dg.multi_asset(
    ins={
        **ins("cut", "judged", "epochs", *(f"{e}_{part}" for e in RESOLVED for part in ("features", "edges"))),
        **columns_of(["key"], *(f"{e}_records" for e in RESOLVED)),
    },
    outs=outs(OUTS, "scipy"),
    check_specs=[
        spec
        for asset in CHECKED
        for spec in (*specs(consistency.CLUSTER_CHECKS, asset), *specs(FITS, asset, blocking=False))
    ],
    group_name="identity",
)
def clusters(
    lane: dg.ResourceParam[Workspace], **frames: pl.DataFrame
) -> Iterator[dg.Output[Frame] | dg.AssetCheckResult]:
    """Components of joining pairs, guarded and cut at the weakest edge; those as they were are not looked at."""
    made = stages.cluster(frames, recall(lane, features=False))
    known = {**frames, **made}
    epochs = {entity: stages.epoch_of(frames["epochs"], entity) for entity in RESOLVED}
    facts = {f"{entity}_clusters": pictures.of_clusters(known, entity) for entity in RESOLVED}
    facts |= {f"{entity}_live_edges": pictures.of_edges(known, entity, epochs[entity]) for entity in RESOLVED}
    yield from emit(made, OUTS, facts)
    yield from results(consistency.clusters(known))
    for entity in RESOLVED:
        yield from _verdict(verdict(known, entity, epochs[entity]))


def _verdict(found: list[Outgrown]) -> Iterator[dg.AssetCheckResult]:
    """Warnings, each with the number, its limit and what mends it."""
    for one in found:
        yield dg.AssetCheckResult(
            check_name=one.check,
            asset_key=f"{one.entity}_clusters",
            passed=one.ok,
            metadata={"value": one.value, "limit": one.most, "mend": "" if one.ok else one.mend},
            severity=dg.AssetCheckSeverity.WARN,
        )
