"""Epochs trained on the current records; none is in force before a person activates it.

Not here: how an epoch is trained (`identity.training`), and which is in force (`resources.epochs`).
"""

import dagster as dg

from assets.setwise import OWNERS
from identity.epoch import Epoch
from identity.fields import RESOLVED, Entity
from resources.workspace import Workspace

ACTOR = "dagster"


def _trained(entity: Entity) -> dg.AssetsDefinition:
    @dg.asset(
        name=f"{entity}_epoch",
        deps=["publication"],
        group_name="models",
        kinds={"splink"},
        owners=OWNERS,
        description=f"What agreement and difference weigh among {entity} records, learned from them without labels.",
    )
    def trained(lane: dg.ResourceParam[Workspace]) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster knows the bare class only
        from resources import epochs  # noqa: PLC0415 - Polars and the models load only when it runs

        epoch = epochs.train(lane, entity, ACTOR)
        return dg.MaterializeResult(metadata=_facts(epoch))

    return trained


def _facts(epoch: Epoch) -> dict[str, dg.MetadataValue]:
    """Counts that Dagster plots over time, and the weight of each level."""
    assumed = set(epoch.origin["assumed"])
    levels = [
        f"| {comparison} | {level} | {bits / 1000:+.2f} | {'assumed' * (f'{comparison}.{level}' in assumed)} |"
        for comparison, weights in epoch.weights.items()
        for level, bits in weights.items()
    ]
    head = ["| comparison | level | bits | |", "| --- | --- | ---: | --- |"]
    return {
        "epoch": dg.MetadataValue.text(epoch.id),
        "activate": dg.MetadataValue.text(f"velocity model activate {epoch.id}"),
        "records": dg.MetadataValue.int(epoch.origin["records"]),
        "pairs": dg.MetadataValue.int(epoch.origin["pairs"]),
        "levels_assumed": dg.MetadataValue.int(len(assumed)),
        "prior_bits": dg.MetadataValue.float(epoch.prior / 1000),
        "levels": dg.MetadataValue.md("\n".join([*head, *levels])),
    }


contact_epoch, account_epoch = (_trained(entity) for entity in RESOLVED)
