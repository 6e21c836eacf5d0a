"""Taking a file in: read it, find its mapping, keep its bytes, enter it in the log as a batch.

Everything that can be refused is refused here, before anything is written. Not here: what is then done with the batch
(the assets), and how a run is launched (`velocity_pipelines.launching`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from identity.errors import BadInputError
from identity.keys import batch_id
from identity.mapping import Mapping, check_columns, keep_unmapped, parse_mapping
from identity.profiles import detect, propose
from resources import catalog
from resources.readers import TextTable, read_table
from resources.workspace import Workspace

Unmapped = Literal["refuse", "keep"]


@dataclass(frozen=True, slots=True)
class Options:
    """What the sender says of a file; what is None is detected."""

    source: str | None = None
    entity: str | None = None
    mapping: Path | Literal["auto"] | None = None
    unmapped: Unmapped = "refuse"
    received_at: dt.datetime | None = None
    snapshot: bool = False  # the file is all that its source holds
    actor: str = "local"


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that can be taken: its bytes, the table in it, the mapping to read it by, and its batch."""

    arrival: catalog.Arrival
    data: bytes
    table: TextTable
    mapping: Mapping
    is_shown: bool = False  # a version shows the batch already
    is_withdrawn: bool = False  # it was taken out, and comes in again


def offer(path: Path, options: Options) -> Offered:
    """Read a file and decide what it is. Writes nothing, unless a proposed mapping is needed beside the file."""
    data = _read(path)
    table = read_table(data, path.name)
    mapping = _mapping(path, table, options)
    digest = hashlib.sha256(data).hexdigest()
    arrival = catalog.Arrival(
        batch=batch_id(mapping.source, mapping.entity, digest, ""),
        source=mapping.source,
        entity=mapping.entity,
        sha256=digest,
        member="",
        file=path.name,
        size=len(data),
        received_at=options.received_at or dt.datetime.now(dt.UTC),
        mapping=mapping.version,
        skipped=table.skipped,
        snapshot=options.snapshot,
        deduplicated=mapping.deduplicated,
    )
    return Offered(arrival, data, table, mapping)


def recognise(workspace: Workspace, offered: Offered, options: Options) -> Offered:
    """The file under the stamp and mapping that it was first taken with, if it was and nothing else is said now."""
    known = catalog.state(workspace.database, offered.arrival.batch)
    if known is None:
        return offered
    is_withdrawn = known.withdrawn is not None
    is_shown = known.published is not None and not is_withdrawn
    same_stamp = options.received_at in (None, known.arrival.received_at)
    if is_shown or (same_stamp and known.arrival.mapping == offered.arrival.mapping):
        return replace(offered, arrival=known.arrival, is_shown=is_shown, is_withdrawn=is_withdrawn)
    return offered


def take(workspace: Workspace, offered: Offered, actor: str) -> bool:
    """Keep the bytes and enter the batch; False where the same batch is there already."""
    workspace.storage.put("evidence", offered.data)
    return catalog.register(workspace.database, offered.arrival, offered.mapping.as_dict(), actor)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInputError("unreadable_file", f"{path} cannot be read: {error.strerror}", "check the path") from None


def _mapping(path: Path, table: TextTable, options: Options) -> Mapping:
    """The mapping to read a file by: the one that was named, else a shipped one that fits, else a sure proposal."""
    mapping = _found(path, table, options)
    gap = check_columns(mapping, table.header)
    if gap.missing:
        raise _needed(path, table, options, f"it lacks the columns {', '.join(gap.missing)}")
    if gap.unmapped and options.unmapped == "refuse" and options.mapping != "auto":
        raise _needed(path, table, options, f"no mapping for the columns {', '.join(gap.unmapped)}")
    return keep_unmapped(mapping, table.header)


def _found(path: Path, table: TextTable, options: Options) -> Mapping:
    if isinstance(options.mapping, Path):
        return _as_said(parse_mapping(_read(options.mapping).decode("utf-8", "replace")), options)
    shipped = detect(table.header, options.source, options.entity)
    if shipped is not None:
        return shipped
    proposal = propose(table.header, options.source, options.entity)
    if options.mapping == "auto" and proposal.confident:
        return proposal.mapping
    raise _needed(path, table, options, "no mapping fits its columns")


def _as_said(mapping: Mapping, options: Options) -> Mapping:
    for said, stands, word in ((options.source, mapping.source, "source"), (options.entity, mapping.entity, "entity")):
        if said is not None and said != stands:
            raise BadInputError(
                "bad_mapping", f"the mapping is for the {word} {stands}, not {said}", f"leave out --{word}"
            )
    return mapping


def _needed(path: Path, table: TextTable, options: Options, why: str) -> BadInputError:
    """The refusal of a file that no mapping fits; a proposal to mend is written beside it where that is possible."""
    target = path.with_name(path.name + ".proposed.yaml")
    try:
        target.write_text(propose(table.header, options.source, options.entity).as_yaml(), encoding="utf-8")
        hint = f"a proposal is in {target}: mend it and import with --mapping {shlex.quote(str(target))}"
    except OSError:
        hint = "write a mapping and import with --mapping FILE.yaml, or use --unmapped keep"
    return BadInputError("mapping_needed", f"{path.name}: {why}", hint)
