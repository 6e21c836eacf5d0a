"""Evidence without some of its rows: what was their values is filler, every other row is read as it was.

Texts keep their length, their lines and how their rows are parted; archives are packed anew; workbooks and Parquet are
written anew. Whatever comes out is read again and compared before it may take the place of the evidence.

Not here: which rows these are (`velocity_pipelines.erasing`).
"""

from __future__ import annotations

import gzip
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from identity.errors import BadInputError, VelocityError
from resources.blanking.compared import same_but_for
from resources.blanking.texts import blank_text
from resources.readers import open_tables
from resources.readers.archives import Room, open_zip, path_of, unpack_gzip
from resources.readers.kinds import kind_of

Rows = Mapping[str, frozenset[int]]  # the lines to blank, by table (`Table.member`)


def blank(path: Path, name: str, rows: Rows, out: Path) -> None:
    """Write a file without some rows; `evidence_not_blanked` where others would not be read as they are."""
    try:
        with TemporaryDirectory(prefix="velocity-") as folder:
            shutil.copyfile(_blanked(path, name, "", rows, Path(folder)), out)
        with open_tables(path, name) as before, open_tables(out, name) as after:
            told = same_but_for(before, after, rows)
    except BadInputError as error:
        told = error.code
    if told:
        raise VelocityError(
            "evidence_not_blanked", f"a file cannot be blanked: {told}", "report this; nothing was done"
        )


def _blanked(path: Path, name: str, member: str, rows: Rows, folder: Path) -> Path:
    """The same for a file in a file: a new file in the folder."""
    kind, out = kind_of(path, name), Path(mkdtemp(dir=folder)) / "blanked"
    match kind:
        case "gzip":
            _gzip(path, name, member, rows, out)
        case "zip":
            _zip(path, name, member, rows, out)
        case "workbook":
            from resources.blanking.workbooks import blank_workbook  # noqa: PLC0415 - only where there is one

            blank_workbook(path, name, {_inside(place, member): lines for place, lines in rows.items()}, out)
        case "parquet":
            from resources.blanking.tables import blank_parquet  # noqa: PLC0415

            blank_parquet(path, rows[member], out)
        case _:
            blank_text(kind, path, name, {_inside(place, member): lines for place, lines in rows.items()}, out)
    return out


def _inside(place: str, member: str) -> str:
    return "" if place == member else place.removeprefix(f"{member}/") if member else place


def _within(rows: Rows, member: str) -> dict[str, frozenset[int]]:
    return {place: lines for place, lines in rows.items() if f"{place}/".startswith(f"{member}/")}


def _gzip(path: Path, name: str, member: str, rows: Rows, out: Path) -> None:
    with TemporaryDirectory(dir=out.parent) as place:
        inner = unpack_gzip(path, name, Path(place), Room(path.stat().st_size))
        plain = _blanked(inner, name.removesuffix(".gz"), member, rows, Path(place))
        with out.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed, plain.open("rb") as file:
            shutil.copyfileobj(file, packed)


def _zip(path: Path, name: str, member: str, rows: Rows, out: Path) -> None:
    """Files that hold none of the rows are packed again as they are."""
    with open_zip(path, name) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for one in archive.infolist():
            place = "/".join(filter(None, (member, path_of(one))))
            with TemporaryDirectory(dir=out.parent) as folder:
                inner = Path(folder) / "inner"
                with archive.open(one) as source, inner.open("wb") as file:
                    shutil.copyfileobj(source, file)
                within = _within(rows, place)
                new = _blanked(inner, path_of(one), place, within, Path(folder)) if within else inner
                with new.open("rb") as file, packed.open(one.filename if one.is_dir() else _plain(one), "w") as target:
                    shutil.copyfileobj(file, target)


def _plain(one: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Name, time and mode of a file; nothing else of it is kept."""
    plain = zipfile.ZipInfo(one.filename, one.date_time)
    plain.compress_type, plain.external_attr = zipfile.ZIP_DEFLATED, one.external_attr
    return plain
