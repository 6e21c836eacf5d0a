"""The storage root: objects under the hash of their bytes, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path
from typing import Any

import obstore
import polars as pl
import pytest

from identity.errors import BadInputError, VelocityError
from resources.storage import Storage

DATA = b"Id,Name\n1,Ann\n"
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(str(tmp_path / "root"))


def files(storage: Storage) -> list[str]:
    root = Path(storage.url)
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def test_bytes_are_kept_once_under_their_hash(storage: Storage) -> None:
    assert storage.put("evidence", DATA) == storage.put("evidence", DATA) == DIGEST
    assert files(storage) == [f"evidence/{DIGEST}"]
    assert storage.get("evidence", DIGEST) == DATA


def test_what_is_gone_or_changed_is_told_apart(storage: Storage) -> None:
    with pytest.raises(VelocityError) as missing:
        storage.get("evidence", DIGEST)
    assert missing.value.code == "object_missing"
    storage.put("evidence", DATA)
    (Path(storage.url) / "evidence" / DIGEST).write_bytes(DATA + b" ")
    with pytest.raises(VelocityError) as damaged:
        storage.get("evidence", DIGEST)
    assert damaged.value.code == "object_damaged"


def test_what_is_kept_is_never_written_again(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    storage.put("evidence", DATA)

    def refuse(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(obstore, "put", refuse)
    assert storage.put("evidence", DATA) == DIGEST


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "no space left"), (errno.EROFS, "it is read-only"), (errno.EACCES, "denied")]
)
def test_a_root_that_takes_nothing_is_one_clear_line(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(f"Generic LocalFileSystem error: (os error {number})")

    monkeypatch.setattr(obstore, "put", refuse)
    for attempt in (lambda: storage.put("evidence", DATA), storage.probe):
        with pytest.raises(BadInputError) as refused:
            attempt()
        assert refused.value.code == "storage_unwritable"
        assert said in refused.value.message
        assert "\n" not in refused.value.message
    assert files(storage) == []


def test_a_root_that_cannot_be_read_is_one_clear_line(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError("Generic S3 error: connection refused\nCaused by: ...")

    storage.put("evidence", DATA)
    monkeypatch.setattr("resources.storage.digest_of", refuse)
    with pytest.raises(BadInputError, match="connection refused") as refused:
        storage.get("evidence", DIGEST)
    assert refused.value.code == "storage_unreadable"
    assert "\n" not in refused.value.message


def test_a_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInputError, match="is not a folder"):
        Storage(str(tmp_path / "file" / "root"))


def test_a_probe_leaves_nothing(storage: Storage) -> None:
    storage.probe()
    assert files(storage) == []


def test_frames_come_back_as_they_were(storage: Storage) -> None:
    frame = pl.DataFrame(
        {"text": ['a"b', None, ""], "list": [["x", "y"], [], None], "number": [1, None, 3]},
        schema={"text": pl.String, "list": pl.List(pl.String), "number": pl.Int64},
    )
    digest = storage.put_frame(frame)
    assert storage.get_frame(digest).equals(frame)
    assert storage.put_frame(frame) == digest


def test_only_frames_can_be_removed_and_lost_ones_are_no_trouble(storage: Storage) -> None:
    kept, gone = storage.put("evidence", DATA), storage.put_frame(pl.DataFrame({"x": [1]}))
    storage.delete_frames([kept, gone, "0" * 64])
    assert files(storage) == [f"evidence/{kept}"]


def test_a_root_aside_is_cleared_alone(storage: Storage) -> None:
    storage.put("evidence", DATA)
    aside = storage.aside("replay")
    aside.put("evidence", b"other")
    aside.clear()
    assert files(storage) == [f"evidence/{DIGEST}"]
