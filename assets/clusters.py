"""Which records are one entity, and why some joining pairs do not hold.

Not here: the stable names of clusters (`assets.crosswalk`).
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.setwise import LANE, emit, ins, outs, results, specs
from identity import stages
from quality_checks import consistency

OUTS = {
    "contact_clusters": "Each current contact record and the smallest key of its cluster.",
    "contact_live_edges": "The contact pairs with the answer given to each and the reason of every cut.",
    "account_clusters": "Each current account record and the smallest key of its cluster.",
    "account_live_edges": "The account pairs with the answer given to each and the reason of every cut.",
}
CHECKED = ("contact_clusters", "account_clusters")


@dg.multi_asset(
    ins=ins("contact_records", "account_records", "contact_edges", "account_edges"),
    outs=outs(OUTS, "scipy"),
    check_specs=[spec for asset in CHECKED for spec in specs(consistency.CLUSTER_CHECKS, asset)],
    group_name="identity",
    required_resource_keys=LANE,
)
def clusters(**frames: pl.DataFrame) -> Iterator[dg.Output[pl.DataFrame] | dg.AssetCheckResult]:
    """Components of joining pairs, guarded and cut at the weakest edge."""
    made = stages.cluster(frames)
    yield from emit(made, OUTS)
    yield from results(consistency.clusters({**frames, **made}))
