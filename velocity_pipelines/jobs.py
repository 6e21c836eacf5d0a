"""Jobs: which assets are made together.

Not here: when (`velocity_pipelines.schedules`, `velocity_pipelines.sensors`).
"""

import dagster as dg

from resources.run_tags import LANE
from velocity_pipelines.launching import ENRICH_JOB, IMPORT_JOB, INTAKE_JOB, RESOLVE_JOB

BATCHWISE = dg.AssetSelection.groups("intake")
SETWISE = dg.AssetSelection.groups("records", "identity", "canonical", "client_360", "publication")

import_batches = dg.define_asset_job(
    IMPORT_JOB, BATCHWISE | SETWISE, tags=LANE,
    description="From the bytes of one or more batches to a published version.",
)  # fmt: skip
intake = dg.define_asset_job(
    INTAKE_JOB, BATCHWISE, description="From the bytes of one or more batches to their records; publishes nothing."
)
resolve = dg.define_asset_job(
    RESOLVE_JOB, SETWISE, tags=LANE, description="Bring everything up to the log, without a new batch."
)
replay = dg.define_asset_job(
    "replay_published", dg.AssetSelection.assets("replay"), tags=LANE,
    description="Rebuild from the evidence aside and compare with what is published.",
)  # fmt: skip
enrich = dg.define_asset_job(
    ENRICH_JOB, dg.AssetSelection.groups("enrichment"), description="Make the pictures that changed clients want."
)
train = dg.define_asset_job(
    "train_epochs", dg.AssetSelection.groups("models"), tags=LANE,
    description="Learn from the current records what agreement and difference weigh.",
)  # fmt: skip

ASSET_JOBS = [import_batches, intake, resolve, replay, train, enrich]
