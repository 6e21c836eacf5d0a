"""Dagster's hand-over of frames between stages: Parquet in the storage root, pointers in Postgres.

A set-wise asset hands over one frame, which the same run reads back; never another one's. Row count and columns go to
the event as metadata; values never do.

Not here: frames of batches, which need not fit memory (`resources.frames`, asked directly).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg
import polars as pl

from identity.patches import Patch
from resources.frames import Frames
from resources.parts import PartsWriter
from resources.publishing import newest_run
from resources.run_tags import is_anew
from resources.workspace import Workspace

COLUMNS = "columns"  # metadata of an input: those that its stage reads


@dataclass(frozen=True, slots=True)
class Renewed:
    """A set-wise frame of so many `rows` that differs by a patch from that of another run."""

    patch: Patch
    onto: str
    rows: int


class FrameIO(dg.IOManager):
    """Writes and reads the frames of one workspace."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames

    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame | Renewed) -> None:
        """Keep the output under the asset's name and run."""
        name = context.asset_key.to_python_identifier()
        if isinstance(obj, Renewed):
            self._renew(name, obj, context.run_id)
            metadata = frame_metadata(obj.rows, obj.patch.rows.schema)
            context.add_output_metadata({**metadata, "rows_looked_at": obj.patch.rows.height})
        else:
            self._frames.write(name, obj, run=context.run_id)
            context.add_output_metadata(frame_metadata(obj.height, obj.schema))

    def _renew(self, name: str, made: Renewed, run: str) -> None:
        """As a patch, unless it is most of the frame: whoever reads a few rows reads all of a patch."""
        if 2 * made.patch.rows.height <= made.rows:
            self._frames.patch(name, made.patch, run=run, onto=made.onto)
        else:
            self._frames.write(name, made.patch.onto(self._frames.read(name, [made.onto])), run=run)

    def load_input(self, context: dg.InputContext) -> pl.DataFrame:
        """The frame of this run, or of the ones that it is the re-execution of; the columns that are asked for
        (COLUMNS), if any are named.
        """
        assert context.step_context is not None  # noqa: S101 - only given outside of steps
        name, runs = context.asset_key.to_python_identifier(), _runs(context.step_context)
        return self._frames.read(name, runs, (context.definition_metadata or {}).get(COLUMNS))


def load_patch(workspace: Workspace, context: dg.InputContext) -> pl.DataFrame | Patch:
    """The same; but a frame that is kept as a patch of what is published, as that patch, unless all is done anew."""
    assert context.step_context is not None  # noqa: S101 - only given outside of steps
    name, runs = context.asset_key.to_python_identifier(), _runs(context.step_context)
    anew = is_anew(context.step_context.dagster_run.tags)
    found = None if anew else workspace.frames.patched(name, runs, newest_run(workspace.database))
    return workspace.frames.read(name, runs) if found is None else found


def _runs(step: dg.StepExecutionContext) -> list[str]:
    return list(lineage(step.dagster_run, step.instance))


def lineage(run: dg.DagsterRun, instance: dg.DagsterInstance) -> Iterator[str]:
    """The run and those that it is the re-execution of, nearest first: what it does not make anew, they made."""
    found: dg.DagsterRun | None = run
    while found is not None:
        yield found.run_id
        found = instance.get_run_by_id(found.parent_run_id) if found.parent_run_id else None


def frame_metadata(rows: int, schema: pl.Schema) -> dict[str, dg.MetadataValue]:
    """Row count and columns of a frame, as Dagster shows them."""
    columns = [dg.TableColumn(name, str(dtype)) for name, dtype in schema.items()]
    return {
        "dagster/row_count": dg.MetadataValue.int(rows),
        "dagster/column_schema": dg.MetadataValue.table_schema(dg.TableSchema(columns)),
    }


def parts_metadata(parts: PartsWriter) -> dict[str, dg.MetadataValue]:
    """The same of a frame that was written in parts."""
    return frame_metadata(parts.rows, parts.schema)
