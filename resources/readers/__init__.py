"""Reading files: a path in, tables of text with lines and bytes out.

Not here: what the columns mean (`identity.mapping`), and which rows are good (`quality_checks.validation`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from identity.errors import BadInputError
from resources.readers.archives import Room, unpack_gzip, unpack_zip
from resources.readers.kinds import kind_of
from resources.readers.table import Part, Table
from resources.storage import Storage

__all__ = ["Part", "Table", "Unreadable", "open_evidence", "open_table", "open_tables"]

MOST_NESTED = 2  # archives in archives


class Unreadable(BadInputError):
    """A file in an archive that cannot be read; `member` is its path inside."""

    def __init__(self, member: str, error: BadInputError) -> None:
        super().__init__(error.code, error.message, error.hint)
        self.member = member


@contextmanager
def open_tables(path: Path, name: str) -> Iterator[list[Table | Unreadable]]:
    """The tables of a file, and files in it that hold none; they can be read while the block lasts."""
    with TemporaryDirectory(prefix="velocity-") as folder:
        yield list(_tables(path, name, "", _Unpacking(Path(folder), Room(path.stat().st_size))))


@contextmanager
def open_table(path: Path, name: str, member: str) -> Iterator[Table]:
    """One table of a file."""
    with TemporaryDirectory(prefix="velocity-") as folder:
        for table in _tables(path, name, "", _Unpacking(Path(folder), Room(path.stat().st_size), only=member)):
            if table.member == member and isinstance(table, Table):
                yield table
                return
    raise BadInputError("unknown_table", f"{name} has no table {member}", "see what `velocity import` says of it")


@contextmanager
def open_evidence(storage: Storage, sha256: str, name: str, member: str) -> Iterator[Table]:
    """One table of a file that is kept as evidence."""
    with storage.local("evidence", sha256) as path, open_table(path, name, member) as table:
        yield table


@dataclass(frozen=True, slots=True)
class _Unpacking:
    """Where a file is unpacked, what room there is, in how many archives we are, and whether `only` one is wanted."""

    folder: Path
    room: Room
    depth: int = 0
    only: str | None = None

    def wants(self, place: str) -> bool:
        """Whether the table that is wanted may be there."""
        return self.only is None or f"{self.only}/".startswith(f"{place}/")

    def deeper(self) -> _Unpacking:
        """An archive in this one, in a folder of its own."""
        return _Unpacking(Path(mkdtemp(dir=self.folder)), self.room, self.depth + 1, self.only)


def _tables(path: Path, name: str, member: str, here: _Unpacking) -> Iterator[Table | Unreadable]:
    kind = kind_of(path, name)
    if kind not in ("gzip", "zip"):
        yield from _read(kind, path, name, member)
        return
    if here.depth == MOST_NESTED:
        raise BadInputError("unsafe_archive", f"{name} is an archive in archives", "pack the files once")
    inner = here.deeper()
    if kind == "gzip":
        packed = unpack_gzip(path, name, inner.folder, inner.room)
        yield from _tables(packed, name.removesuffix(".gz"), member, inner)
        return

    def place_of(inside: str) -> str:
        return "/".join(filter(None, (member, inside)))

    for inside, packed in unpack_zip(path, name, inner.folder, inner.room, lambda i: here.wants(place_of(i))):
        place = place_of(inside)
        try:
            yield from _tables(packed, inside, place, inner)
        except BadInputError as error:
            if error.code == "archive_too_large":
                raise
            yield Unreadable(place, error)


def _read(kind: str, path: Path, name: str, member: str) -> list[Table]:
    """The tables of a file that is no archive; each reader loads when it is needed."""
    match kind:
        case "workbook":
            from resources.readers.workbook import read_workbook  # noqa: PLC0415

            return read_workbook(path, name, member)
        case "json":
            from resources.readers.json_document import read_json  # noqa: PLC0415

            return read_json(path, name, member)
        case "json_lines":
            from resources.readers.json_lines import read_json_lines  # noqa: PLC0415

            return [read_json_lines(path, name, member)]
        case "vcard":
            from resources.readers.vcard import read_vcard  # noqa: PLC0415

            return [read_vcard(path, name, member)]
        case "parquet":
            from resources.readers.parquet import read_parquet  # noqa: PLC0415

            return [read_parquet(path, name, member)]
    from resources.readers.delimited import read_delimited  # noqa: PLC0415

    return [read_delimited(path, name, member)]
