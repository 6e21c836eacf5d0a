"""What we store, and from what: one module a stage, thin adapters around pure functions.

No logic that could be tested without Dagster.
"""

from dagster import AssetChecksDefinition, AssetsDefinition, load_asset_checks_from_modules, load_assets_from_modules

from assets import (
    canonical,
    client_360,
    clusters,
    crosswalk,
    current_records,
    edges,
    enrichment,
    epochs,
    evidence,
    publication,
    records,
    replay,
    rows,
)

MODULES = (
    evidence, rows, records, current_records, edges, clusters, crosswalk, canonical, client_360,
    publication, replay, epochs, enrichment,
)  # fmt: skip


def all_assets() -> list[AssetsDefinition]:
    """The assets of every stage."""
    return [asset for asset in load_assets_from_modules(MODULES) if isinstance(asset, AssetsDefinition)]


def all_checks() -> list[AssetChecksDefinition]:
    """The checks that stand outside of the assets that they check."""
    return list(load_asset_checks_from_modules(MODULES))
