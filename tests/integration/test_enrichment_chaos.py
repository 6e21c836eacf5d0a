"""GPU jobs while worker and platform are killed and answers are lost; `make soak` breaks more."""

from __future__ import annotations

from pathlib import Path

import pytest

from resources.workspace import Workspace
from tests.soak.chaos import chaos


@pytest.mark.timeout(600)  # several runs of the platform in processes of their own
def test_each_job_ends_once_whatever_is_killed(workspace: Workspace, short_folder: Path) -> None:
    found = chaos(workspace, short_folder / "chaos", 20, worker_kills=[4], platform_kills=[10])
    assert found["worker killed"] == found["platform killed"] == 1
    assert [name for name, value in found.items() if value is False] == []
    assert found["done"] == found["jobs"]
