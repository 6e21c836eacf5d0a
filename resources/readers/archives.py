"""Files in a gzip or zip archive, unpacked under names of ours into a folder of ours.

Not here: what the files are (`resources.readers.kinds`).
"""

from __future__ import annotations

import gzip
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from identity.errors import BadInputError

MOST_BYTES = 8 * 2**30  # unpacked
MOST_MEMBERS = 1000
MOST_RATIO = 200  # of unpacked to packed bytes, once they are many: text packs up to fifty times
MANY = 64 * 2**20
STEP = 2**20


def unpack_gzip(path: Path, name: str, folder: Path) -> Path:
    """The one file in a gzip archive. Refuses `archive_too_large` and `damaged_archive`."""
    target = folder / "0"
    with gzip.open(path) as packed:
        _copy(packed, target, name, path.stat().st_size)
    return target


def unpack_zip(path: Path, name: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """The files in a zip archive, each with its path inside; nothing is unpacked if any of them is unsafe.

    Refuses `unsafe_archive`, `encrypted_archive`, `archive_too_large` and `damaged_archive`.
    """
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if _counts(member)]
        _check(members, name, path.stat().st_size)
        left = MOST_BYTES
        for number, member in enumerate(members):
            target = folder / str(number)
            try:
                with archive.open(member) as packed:
                    _copy(packed, target, name, max(member.compress_size, 1), left)
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
                raise _damaged(name, "zip", str(error)) from None
            left -= target.stat().st_size
            yield member.filename, target


def _counts(member: zipfile.ZipInfo) -> bool:
    """Whether it is a file that somebody put there: no folder, nothing that systems leave behind."""
    path = _inside(member)
    hidden = any(part.startswith(".") and part != ".." for part in path.parts) or path.parts[:1] == ("__MACOSX",)
    return not member.is_dir() and not hidden and path.name.lower() not in ("thumbs.db", "desktop.ini")


def _inside(member: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(member.filename.replace("\\", "/"))


def _check(members: list[zipfile.ZipInfo], name: str, size: int) -> None:
    for member in members:
        path = _inside(member)
        is_link = stat.S_ISLNK(member.external_attr >> 16)
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or is_link:
            raise BadInputError("unsafe_archive", f"{name} holds a path that leads out of it", "pack the files alone")
        if member.flag_bits & 1:
            raise BadInputError("encrypted_archive", f"{name} is encrypted", "send it without a password")
    if len(members) > MOST_MEMBERS:
        message = f"{name} holds {len(members)} files, and {MOST_MEMBERS} are the most"
        raise BadInputError("archive_too_large", message, "send it in parts")
    whole = sum(member.file_size for member in members)
    if whole > MOST_BYTES or (whole > MANY and whole > size * MOST_RATIO):
        raise _too_large(name)


def _copy(packed: IO[bytes] | gzip.GzipFile, target: Path, name: str, size: int, most: int = MOST_BYTES) -> None:
    """Unpack one file, no further than its limits."""
    done = 0
    try:
        with target.open("wb") as file:
            while chunk := packed.read(STEP):
                done += len(chunk)
                if done > most or (done > MANY and done > size * MOST_RATIO):
                    raise _too_large(name)
                file.write(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise _damaged(name, "gzip" if isinstance(packed, gzip.GzipFile) else "zip", str(error)) from None


def _damaged(name: str, kind: str, why: str) -> BadInputError:
    return BadInputError(
        "damaged_archive", f"{name} is a damaged {kind} archive: {why.splitlines()[0]}", "send it again"
    )


def _too_large(name: str) -> BadInputError:
    message = f"{name} unpacks to more than {MOST_BYTES // 2**30} GB, or far more than it is"
    return BadInputError("archive_too_large", message, "send the files in it, or pack fewer")
