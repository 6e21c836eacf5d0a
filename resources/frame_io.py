"""Dagster's hand-over of frames between stages: Parquet in the storage root, pointers in Postgres.

A batch-wise asset hands over `dict[batch, frame]` for the batches of the run; a set-wise asset hands over one frame,
which the same run reads back; never another one's. Row count and columns go to the event as metadata; values never do.

Not here: frames of stages that are read across batches (`resources.frames`, asked directly).
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from resources.frames import Frames

BatchFrames = dict[str, pl.DataFrame]


class FrameIO(dg.IOManager):
    """Writes and reads the frames of one workspace."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames

    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame | BatchFrames) -> None:
        """Keep the output under the asset's name, by batch or by run."""
        asset = context.asset_key.to_python_identifier()
        if isinstance(obj, dict):
            for batch, frame in obj.items():
                self._frames.write(asset, frame, partition=batch)
            obj = pl.concat(obj.values(), how="diagonal_relaxed") if obj else pl.DataFrame()
        else:
            self._frames.write(asset, obj, run=context.run_id)
        context.add_output_metadata(frame_metadata(obj))

    def load_input(self, context: dg.InputContext) -> pl.DataFrame | BatchFrames:
        """The frames of the run's batches, or the set-wise frame of this run or the ones it is the re-execution of."""
        asset = context.asset_key.to_python_identifier()
        if context.has_asset_partitions:
            return self._frames.of_batches(asset, list(context.asset_partition_keys))
        assert context.step_context is not None  # noqa: S101 - only given outside of steps
        return self._frames.read(asset, list(_lineage(context.step_context)))


def _lineage(step: dg.StepExecutionContext) -> Iterator[str]:
    """The run and those before it: what a re-execution does not make anew, they made."""
    run: dg.DagsterRun | None = step.dagster_run
    while run is not None:
        yield run.run_id
        run = step.instance.get_run_by_id(run.parent_run_id) if run.parent_run_id else None


def frame_metadata(frame: pl.DataFrame) -> dict[str, dg.MetadataValue]:
    """Row count and columns of a frame, as Dagster shows them."""
    columns = [dg.TableColumn(name, str(dtype)) for name, dtype in frame.schema.items()]
    return {
        "dagster/row_count": dg.MetadataValue.int(frame.height),
        "dagster/column_schema": dg.MetadataValue.table_schema(dg.TableSchema(columns)),
    }
