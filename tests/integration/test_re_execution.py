"""A run that is started again from where it failed publishes, and leaves all that explanations are read from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import create_execution_plan, execute_run
from dagster._core.execution.plan.state import KnownExecutionState

from assets import publication
from identity.errors import VelocityError
from resources.publishing import newest, published_frame
from resources.workspace import Workspace
from tests.integration.conftest import definitions, listed, take
from velocity_pipelines.launching import IMPORT_JOB, import_tags


def again(job: dg.JobDefinition, instance: dg.DagsterInstance, failed: str) -> bool:
    """Re-execution of a run from its failed step, as the UI has it."""
    parent = instance.get_run_by_id(failed)
    assert parent is not None
    known = KnownExecutionState.build_for_reexecution(instance, parent).update_for_step_selection({"publication"})
    plan = create_execution_plan(job, step_keys_to_execute=["publication"], known_state=known)
    run = instance.create_run_for_job(
        job, execution_plan=plan, parent_run_id=failed, root_run_id=failed, tags=dict(parent.tags)
    )
    return execute_run(InMemoryJob(job), run, instance).success


def test_a_run_that_is_started_again_from_its_publication_leaves_the_frames_of_the_run_before(
    workspace: Workspace, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gives_up(*_: Any, **__: Any) -> None:
        raise VelocityError("broken", "it breaks", "")

    people = [pair for pair in listed(exports) if "contact" in pair[0].name][:2]
    job = definitions(workspace).resolve_job_def(IMPORT_JOB)
    with dg.DagsterInstance.ephemeral() as instance:
        for version, (file, mapping) in enumerate(people, start=1):
            batch = take(workspace, file, mapping)
            instance.add_dynamic_partitions("batches", [batch])
            with monkeypatch.context() as patched:
                patched.setattr(publication, "publish", gives_up)
                failed = job.execute_in_process(instance=instance, tags=import_tags([batch]), raise_on_error=False)
            assert not failed.success
            assert again(job, instance, failed.run_id)
            assert newest(workspace.database) == version
            for name in ("contact_records", "contact_features", "record_ages", "contact", "contact_360"):
                assert published_frame(workspace, name).height > 0
