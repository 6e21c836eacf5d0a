"""What the embedded server refuses, in one clear line: ports, versions, disks, folders."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from identity.errors import BadInputError
from resources.embedded import EmbeddedPostgres, place

mounts = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")


def refusal(server: EmbeddedPostgres) -> BadInputError:
    with pytest.raises(BadInputError) as refused:
        server.start()
    assert "\n" not in refused.value.message
    assert refused.value.hint
    return refused.value


def test_a_fixed_port_is_used_or_refused(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = EmbeddedPostgres(tmp_path / "postgres", port, durable=False)
        error = refusal(server)
        assert error.code == "port_in_use"
        assert str(port) in error.message
    assert f":{port}/" in server.start()
    server.remove()


def test_data_of_an_unknown_version_is_left_alone(embedded: EmbeddedPostgres) -> None:
    embedded.start()
    embedded.stop()
    data = embedded.status().data
    assert data is not None
    (data / "PG_VERSION").write_text("19\n")
    assert refusal(embedded).code == "postgres_version"
    with pytest.raises(BadInputError, match="of Postgres 19, this release runs 18"):
        embedded.move()
    (data / "PG_VERSION").write_text("18\n")
    assert embedded.start()


def test_a_home_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    error = refusal(EmbeddedPostgres(tmp_path / "file" / "postgres"))
    assert error.code == "home_unusable"
    assert "Not a directory" in error.message


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "none", disk], check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:3]:
        parent.chmod(0o755)
    monkeypatch.setattr(place, "STAGES", disk / "stages")
    yield disk
    subprocess.run(["umount", disk], check=True)


@mounts
def test_a_full_disk_leaves_nothing_half_made(embedded: EmbeddedPostgres, small_disk: Path) -> None:
    for size in ("8m", "50m"):  # too small for the programs; for the data
        subprocess.run(["mount", "-o", f"remount,size={size}", small_disk], check=True)
        assert refusal(embedded).code == "disk_full"
        assert not embedded.status().running
    subprocess.run(["mount", "-o", "remount,size=400m", small_disk], check=True)
    with embedded.hold() as dsn:
        assert dsn == embedded.dsn()
    embedded.remove()
