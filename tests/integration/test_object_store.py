"""The storage root in an object store: a server that speaks S3, on this machine."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import boto3
import polars as pl
import pytest
from moto.server import ThreadedMotoServer

from identity.errors import BadInputError, VelocityError
from resources.storage import Storage
from resources.workspace import Workspace
from tests.integration.conftest import Import, rows_of, take
from velocity_pipelines.synth import write_exports

DATA = b"Id,Name\n1,Ann\n"
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty folder in a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    _, port = server.get_host_and_port()
    endpoint = f"http://127.0.0.1:{port}"
    facts = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }
    for name, value in {**facts, "AWS_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="velocity")
    yield "s3://velocity/root"
    server.stop()


def test_objects_are_kept_read_and_missed(store: str, tmp_path: Path) -> None:
    storage = Storage(store)
    storage.probe()
    assert storage.put("evidence", DATA) == storage.put("evidence", DATA) == DIGEST
    assert storage.get("evidence", DIGEST) == DATA
    large = tmp_path / "large"
    large.write_bytes(b"0123456789" * 2_000_000)  # more than one part of an upload
    digest = storage.put_file("evidence", large)
    with storage.local("evidence", digest) as path:
        assert path.read_bytes() == large.read_bytes()
    assert not path.exists()
    with pytest.raises(VelocityError) as missing:
        storage.get("evidence", "0" * 64)
    assert missing.value.code == "object_missing"
    frame = pl.DataFrame({"x": [1]})
    kept = storage.put_frame(frame)
    assert storage.get_frame(kept).equals(frame)
    storage.delete_frames([kept, "0" * 64])
    aside = storage.aside("replay")
    aside.put("evidence", b"other")
    aside.clear()
    assert storage.get("evidence", DIGEST) == DATA


def test_a_store_that_does_not_answer_is_one_clear_line(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
    with pytest.raises(BadInputError) as refused:
        Storage(store).put("evidence", DATA)
    assert refused.value.code == "storage_unwritable"
    assert "\n" not in refused.value.message


def test_an_import_runs_on_a_store(store: str, workspace: Workspace, run_import: Import, tmp_path: Path) -> None:
    write_exports(60, 5, tmp_path)
    remote = Workspace(workspace.database, Storage(store))
    object.__setattr__(workspace, "storage", remote.storage)
    files = sorted((tmp_path).glob("hubspot_*.csv"))
    batch = take(workspace, files[0], None)
    assert run_import([(path, None) for path in files]).success  # type: ignore[misc]
    assert rows_of(workspace, "publication") == 1
    assert remote.storage.get("evidence", hashlib.sha256(files[0].read_bytes()).hexdigest()) == files[0].read_bytes()
    assert batch
