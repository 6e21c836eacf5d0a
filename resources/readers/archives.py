"""Files in a gzip or zip archive, unpacked under names of ours into a folder of ours.

Not here: what the files are (`resources.readers.kinds`).
"""

from __future__ import annotations

import errno
import gzip
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from identity.errors import BadInputError

MOST_BYTES = 8 * 2**30  # unpacked
MOST_MEMBERS = 1000
MOST_LISTED = 20_000  # with folders and what systems leave behind
MOST_RATIO = 200  # of unpacked to packed bytes, once they are many: text packs up to fifty times
MANY = 64 * 2**20
LONGEST = 1000  # characters of a path inside
STEP = 2**20
END = struct.Struct("<4s4H2LH")  # of a zip archive: how many files are listed, and more
DAMAGED = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError)
UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(slots=True)
class Room:
    """What one file may still unpack, with all archives in it: they share its limits. `packed`: bytes of the file."""

    packed: int
    unpacked: int = 0
    members: int = 0

    def take(self, size: int, name: str) -> None:
        """Count bytes; refuses `archive_too_large`."""
        self.unpacked += size
        if self.unpacked > MOST_BYTES or (self.unpacked > MANY and self.unpacked > self.packed * MOST_RATIO):
            message = f"{name} unpacks to more than {MOST_BYTES // 2**30} GB, or far more than it is"
            raise BadInputError("archive_too_large", message, "send the files in it, or pack fewer")

    def take_members(self, number: int, name: str) -> None:
        """Count files; refuses `archive_too_large`."""
        self.members += number
        if self.members > MOST_MEMBERS:
            message = f"{name} holds more than {MOST_MEMBERS} files"
            raise BadInputError("archive_too_large", message, "send it in parts")


def unpack_gzip(path: Path, name: str, folder: Path, room: Room) -> Path:
    """The one file in a gzip archive. Refuses `archive_too_large` and `damaged_archive`."""
    target = folder / "0"
    with _damage_said(name, "gzip"), gzip.open(path) as packed:
        _copy(packed, target, name, room)
    return target


def unpack_zip(
    path: Path, name: str, folder: Path, room: Room, wants: Callable[[str], bool]
) -> Iterator[tuple[str, Path]]:
    """The wanted files in a zip archive, each with its path inside; nothing is unpacked if any of them is unsafe.

    Refuses `unsafe_archive`, `encrypted_archive`, `archive_too_large`, `damaged_archive` and `empty_file`.
    """
    with open_zip(path, name) as archive:
        members = {path_of(member): member for member in archive.infolist() if _counts(path_of(member))}
        _check(archive.infolist(), name)
        if not members:
            raise BadInputError("empty_file", f"{name} holds no files", "pack it again")
        room.take_members(len(members), name)
        for number, (inside, member) in enumerate(members.items()):
            if not wants(inside):
                continue
            target = folder / str(number)
            with _damage_said(name, "zip"), archive.open(member) as packed:
                _copy(packed, target, name, room)
            yield inside, target


def open_zip(path: Path, name: str) -> zipfile.ZipFile:
    """A zip archive, its list read. Refuses `damaged_archive`, and `archive_too_large` before a list without end."""
    with _damage_said(name, "zip"):
        if _listed(path) > MOST_LISTED:
            message = f"{name} lists more than {MOST_LISTED} files"
            raise BadInputError("archive_too_large", message, "send it in parts")
        return zipfile.ZipFile(path)


def _listed(path: Path) -> int:
    """How many files a zip archive says that it has: from its last record."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 2**16 - END.size))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    return int(END.unpack_from(tail, at)[4]) if at >= 0 else 0


def path_of(member: zipfile.ZipInfo) -> str:
    """The path of a file inside, in one line; many tools write UTF-8 and do not say so."""
    path = member.filename
    if not member.flag_bits & 0x800:
        with suppress(ValueError):
            path = path.encode("cp437").decode("utf-8")
    return UNPRINTED.sub("_", path.replace("\\", "/"))


def _counts(inside: str) -> bool:
    """Whether it is a file that somebody put there: no folder, nothing that systems leave behind."""
    path = PurePosixPath(inside)
    hidden = any(part.startswith(".") and part != ".." for part in path.parts) or path.parts[:1] == ("__MACOSX",)
    return not inside.endswith("/") and not hidden and path.name.lower() not in ("thumbs.db", "desktop.ini")


def _check(members: list[zipfile.ZipInfo], name: str) -> None:
    paths = [path_of(member) for member in members]
    if len(set(paths)) < len(paths):
        raise BadInputError("unsafe_archive", f"{name} holds two files of the same path", "pack it again")
    for path, member in zip(paths, members, strict=True):
        parts = PurePosixPath(path).parts
        mode = stat.S_IFMT(member.external_attr >> 16)
        if not parts or path.startswith("/") or ".." in parts or re.match("[A-Za-z]:", path) or len(path) > LONGEST:
            raise BadInputError("unsafe_archive", f"{name} holds a path that leads out of it", "pack the files alone")
        if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise BadInputError("unsafe_archive", f"{name} holds a link, not a file", "pack the files themselves")
        if member.flag_bits & 1:
            raise BadInputError("encrypted_archive", f"{name} is encrypted", "send it without a password")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others unpack without a limit
            message = f"{name} is packed in a way that we do not read"
            raise BadInputError("unsafe_archive", message, "pack it as an ordinary zip (deflate)")


def _copy(packed: IO[bytes] | gzip.GzipFile, target: Path, name: str, room: Room) -> None:
    """Unpack one file, no further than there is room."""
    with target.open("wb") as file:
        while chunk := packed.read(STEP):
            room.take(len(chunk), name)
            file.write(chunk)


@contextmanager
def _damage_said(name: str, kind: str) -> Iterator[None]:
    """Refuses `damaged_archive`; a disk that fails stays what it is."""
    try:
        yield
    except (*DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # EINVAL: a place before the file
            raise
        raise BadInputError("damaged_archive", f"{name} is a damaged {kind} archive", "send it again") from None
