"""The preview job: what importing a file would do, seen in Dagster before anything is done.

Not here: how that is found out (`velocity_pipelines.preview`).
"""

from pathlib import Path
from typing import Literal

import dagster as dg
from pydantic import Field

from resources.workspace import Workspace
from velocity_pipelines.settings import Settings


class File(dg.Config):
    """The file to preview, on the machine that runs this."""

    path: str = Field(description="Path of the file.")
    source: str | None = Field(default=None, description="Name of the source system; detected if not given.")
    entity: str | None = Field(default=None, description="contact, account, opportunity or activity.")
    mapping: str | None = Field(default=None, description="Mapping file, or `auto`.")
    unmapped: Literal["refuse", "keep"] = Field(default="refuse", description="Columns that the mapping lacks.")


@dg.op
def preview_file(
    context: dg.OpExecutionContext, config: File, workspace: dg.ResourceParam[Workspace]
) -> dg.Output[None]:
    """Counts, mapping and what would change, as metadata; nothing is written."""
    from velocity_pipelines import importing, landing  # noqa: PLC0415 - only a preview evaluates in this process

    chosen = "auto" if config.mapping == "auto" else Path(config.mapping) if config.mapping else None
    options = landing.Options(config.source, config.entity, chosen, config.unmapped)  # type: ignore[arg-type]
    request = importing.Request([(Path(config.path), options)], dry_run=True)
    done = importing.import_files(Settings.read(), workspace, request, context.log.info)
    shown = ("member", "source", "entity", "status", "received", "accepted", "rejected", "superseded", "skipped")
    tables = [{name: batch[name] for name in shown} for batch in done["batches"]]
    refused = [f"{batch['error']['message']}: {batch['error']['hint']}" for batch in done["batches"] if batch["error"]]
    facts = {"tables": tables, "refused": refused, "would_change": done["entities"]}
    shown_as = {name: dg.MetadataValue.json(value) for name, value in facts.items()}
    return dg.Output(None, metadata={**shown_as, "would_ask": dg.MetadataValue.int(done["review"])})


@dg.job(description="What importing a file would do; leaves no trace but this run.")
def preview_import() -> None:
    """One file."""
    preview_file()
