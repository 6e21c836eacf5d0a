"""The storage root: immutable objects under names that say their content, in a folder or an object store.

Evidence stands as `evidence/<sha256>`, frames as `frames/<sha256>.parquet`, what a publication did to the ids as
`ledger/<sha256>.parquet`, trained epochs as `epochs/<sha256>`, artefacts as `artefacts/<sha256>`.

Not here: which frame belongs to what (`resources.frames`), and any state: Postgres is the authority.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
import polars as pl
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from identity.errors import BadInputError, VelocityError

if TYPE_CHECKING:
    from obstore.store import RetryConfig


RETRIES: RetryConfig = {"max_retries": 3, "retry_timeout": dt.timedelta(seconds=20)}  # then it is told, or tried later


class Storage:
    """Content-addressed objects below one root; every write is atomic and nothing is ever rewritten."""

    def __init__(self, url: str) -> None:
        self.url = url
        with _plain_errors("storage_unusable", url):
            self._store = _open(url)

    def put(self, kind: str, data: bytes, suffix: str = "") -> str:
        """Keep bytes under their SHA-256 (hex, returned); does nothing where they are kept already."""
        digest = hashlib.sha256(data).hexdigest()
        path = f"{kind}/{digest}{suffix}"
        with _plain_errors("storage_unwritable", self.url):
            if not self._exists(path):
                obstore.put(self._store, path, data)
        return digest

    def put_file(self, kind: str, path: Path, suffix: str = "") -> str:
        """The same for a file of any size that nobody else writes to."""
        digest = digest_of(path)
        name = f"{kind}/{digest}{suffix}"
        with _plain_errors("storage_unwritable", self.url):
            if not self._exists(name):
                obstore.put(self._store, name, path)
        return digest

    def get(self, kind: str, digest: str, suffix: str = "") -> bytes:
        """The bytes under that hash; `object_missing` where they are gone, `object_damaged` where they changed."""
        with self.local(kind, digest, suffix) as path:
            return path.read_bytes()

    @contextmanager
    def local(self, kind: str, digest: str, suffix: str = "") -> Iterator[Path]:
        """A file on this machine with the bytes under that hash, only to be read; the same errors."""
        name = f"{kind}/{digest}{suffix}"
        with ExitStack() as held:
            try:
                with _plain_errors("storage_unreadable", self.url):
                    path = held.enter_context(self._here(name))
                    found = digest_of(path)
            except FileNotFoundError:
                raise VelocityError("object_missing", f"{kind} {digest} is not in the storage root", _RESTORE) from None
            if found != digest:
                raise VelocityError("object_damaged", f"{kind} {digest} no longer has the bytes of its name", _RESTORE)
            yield path

    @contextmanager
    def _here(self, name: str) -> Iterator[Path]:
        """The object's own file where the root is a folder, else a copy."""
        if isinstance(self._store, LocalStore) and self._store.prefix is not None:
            yield self._store.prefix / name
            return
        with TemporaryDirectory(prefix="velocity-") as folder:
            copy = Path(folder) / "object"
            with copy.open("wb") as file:
                for chunk in obstore.get(self._store, name):
                    file.write(chunk)
            yield copy

    def put_frame(self, frame: pl.DataFrame, kind: str = "frames") -> str:
        """Keep a frame as Parquet; returns the SHA-256 of the file."""
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="lz4", statistics=False)
        return self.put(kind, buffer.getvalue(), ".parquet")

    def get_frame(
        self, digest: str, kind: str = "frames", where: pl.Expr | None = None, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """The frame under that hash, or some of its rows and columns: of the others only what `where` asks for is
        decoded.
        """
        with self.local(kind, digest, ".parquet") as path:
            if where is None:
                return pl.read_parquet(path, columns=None if columns is None else list(columns))
            rows = pl.scan_parquet(path).filter(where)
            return (rows if columns is None else rows.select(columns)).collect()

    def delete_frames(self, digests: list[str]) -> None:
        """Remove frames that no pointer names any more; evidence can not be removed this way."""
        for digest in digests:
            with suppress(FileNotFoundError):  # it was lost, or removed by one who died before saying so
                obstore.delete(self._store, f"frames/{digest}.parquet")

    def destroy(self, kind: str, digest: str, suffix: str = "") -> None:
        """Remove an object whose values were erased, evidence too; what took its place stands under another hash."""
        with _plain_errors("storage_unwritable", self.url), suppress(FileNotFoundError):
            obstore.delete(self._store, f"{kind}/{digest}{suffix}")

    def listed(self, kind: str, suffix: str = "") -> list[str]:
        """The hashes of all objects of a kind."""
        with _plain_errors("storage_unreadable", self.url):
            names = [meta["path"] for chunk in obstore.list(self._store, kind) for meta in chunk]
        return sorted(name.rpartition("/")[2].removesuffix(suffix) for name in names)

    def probe(self) -> None:
        """Write and remove a small object, so that a full or read-only root is found before any work."""
        with _plain_errors("storage_unwritable", self.url):
            name = f"probe-{secrets.token_hex(8)}"  # of its own: others may try the root at the same moment
            obstore.put(self._store, name, b"0" * 65536)
            obstore.delete(self._store, name)

    def aside(self, name: str) -> Storage:
        """Another root below this one."""
        return Storage(f"{self.url.rstrip('/')}/{name}")

    def clear(self) -> None:
        """Remove everything below this root: for those that were built aside."""
        for chunk in obstore.list(self._store):
            obstore.delete(self._store, [meta["path"] for meta in chunk])

    def _exists(self, path: str) -> bool:
        try:
            obstore.head(self._store, path)
        except FileNotFoundError:
            return False
        return True


def digest_of(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_RESTORE = "restore it from a backup of the storage root"


def _open(url: str) -> ObjectStore:
    if urlsplit(url).scheme in ("", "file"):
        return LocalStore(Path(url.removeprefix("file://")), mkdir=True, automatic_cleanup=True)
    return from_url(url, retry_config=RETRIES)


@contextmanager
def _plain_errors(code: str, url: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise  # whether that is an error, the caller knows
    except (BaseError, OSError, ValueError) as error:
        reason = _reason(str(error))
        raise BadInputError(
            code, f"the storage root {url} cannot be used: {reason}", "free or change it, see VELOCITY_STORAGE_URL"
        ) from None


def _reason(message: str) -> str:
    known = {"os error 28": "no space left", "os error 30": "it is read-only", "os error 13": "permission denied"}
    for marker, words in {
        **known,
        "Permission denied": "permission denied",
        "os error 20": "it is not a folder",
        "os error 17": "it is not a folder",
    }.items():
        if marker in message:
            return words
    return message.splitlines()[0][:160]
