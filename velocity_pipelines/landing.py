"""Taking a file in: read it, find its mapping, keep its bytes, enter it in the log as a batch.

Everything that can be refused is refused here, before anything is written. Not here: what is then done with the batch
(the assets), and how a run is launched (`velocity_pipelines.launching`).
"""

from __future__ import annotations

import datetime as dt
import re
import shlex
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from identity.errors import BadInputError
from identity.keys import batch_id
from identity.mapping import Mapping, check_columns, keep_unmapped, theirs
from identity.profiles import detect, detect_generic
from identity.suggesting import propose
from resources import catalog, erasures
from resources.readers import Table, Unreadable, open_tables
from resources.storage import digest_of
from resources.workspace import Workspace
from velocity_pipelines.mappings import read_mapping

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
    reinterpret: bool = False  # what is shown is read anew where the mapping is another


@dataclass(frozen=True, slots=True)
class Reading:
    """What a batch was entered as: its arrival, and its mapping as plain JSON."""

    arrival: catalog.Arrival
    rules: dict[str, object]


@dataclass(frozen=True, slots=True)
class Offered:
    """A table of a file that can be taken: the mapping to read it by, and its batch."""

    path: Path
    arrival: catalog.Arrival
    mapping: Mapping
    is_shown: bool = False  # a version shows the batch already
    is_withdrawn: bool = False  # it was taken out, and comes in again
    former: Reading | None = None  # it is shown, and this one takes its place


@dataclass(frozen=True, slots=True)
class Refused:
    """A table of a file that cannot be taken (`member` empty: the file itself), and why."""

    path: Path
    member: str
    error: BadInputError


def offer(path: Path, options: Options) -> list[Offered | Refused]:
    """Decide what each table of a file is. Writes nothing, unless a proposed mapping is needed beside the file."""
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            return [Refused(path, "", BadInputError("unreadable_file", f"{path} is no file", "check the path"))]
        digest, size = digest_of(path), path.stat().st_size
        with open_tables(path, path.name) as tables:
            return [_offer(path, table, digest, size, options) for table in tables]
    except OSError as error:
        said = BadInputError("unreadable_file", f"{path} cannot be read: {error.strerror}", "check the path")
        return [Refused(path, "", said)]
    except BadInputError as error:
        return [Refused(path, "", error)]


def _offer(path: Path, table: Table | Unreadable, digest: str, size: int, options: Options) -> Offered | Refused:
    if isinstance(table, Unreadable):
        return Refused(path, table.member, table)
    try:
        mapping = _mapping(path, table, options)
    except BadInputError as error:
        return Refused(path, table.member, error)
    arrival = catalog.Arrival(
        batch=batch_id(mapping.source, mapping.entity, digest, table.member),
        source=mapping.source,
        entity=mapping.entity,
        sha256=digest,
        member=table.member,
        file=path.name,
        size=size,
        received_at=options.received_at or dt.datetime.now(dt.UTC),
        mapping=mapping.version,
        snapshot=options.snapshot,
        deduplicated=mapping.deduplicated,
    )
    return Offered(path, arrival, mapping)


def recognise(workspace: Workspace, offered: Offered, options: Options) -> Offered:
    """The file under the stamp and mapping that it was first taken with, if it was and nothing else is said now.

    What is to be reinterpreted keeps its stamp: it is not newer for being read again.
    """
    known = catalog.state(workspace.database, offered.arrival.batch)
    if known is None:
        return offered
    is_withdrawn = known.withdrawn is not None
    is_shown = known.published is not None and not is_withdrawn
    if is_shown and options.reinterpret and known.arrival.mapping != offered.arrival.mapping:
        former = Reading(known.arrival, catalog.rules(workspace.database, known.arrival.batch))
        stamp = options.received_at or known.arrival.received_at
        snapshot = options.snapshot or known.arrival.snapshot
        arrival = replace(offered.arrival, received_at=stamp, snapshot=snapshot)
        return replace(offered, arrival=arrival, former=former)
    same_stamp = options.received_at in (None, known.arrival.received_at)
    if is_shown or (same_stamp and known.arrival.mapping == offered.arrival.mapping):
        return replace(offered, arrival=known.arrival, is_shown=is_shown, is_withdrawn=is_withdrawn)
    return offered


def take(workspace: Workspace, offered: Offered, actor: str) -> bool:
    """Keep the bytes and enter the batch; False where the same batch is there already.

    `file_changed` where the file is not what it was when it was offered: somebody still writes to it.
    """
    with TemporaryDirectory(prefix="velocity-") as folder:
        copy = Path(folder) / "copy"  # nobody else writes to it while it is hashed and kept
        shutil.copyfile(offered.path, copy)
        if digest_of(copy) != offered.arrival.sha256:
            message = f"{offered.path.name} changed while it was read"
            raise BadInputError("file_changed", message, "import it again when it is complete")
        rules, anew = offered.mapping.as_dict(), offered.former is not None
        with workspace.database.lock(erasures.LOCK, shared=True):
            if (
                offered.arrival.sha256 not in erasures.read(workspace).files()
            ):  # else it would bring the erased rows back
                workspace.storage.put_file("evidence", copy)
            return catalog.register(workspace.database, offered.arrival, rules, actor, anew=anew)


def _mapping(path: Path, table: Table, options: Options) -> Mapping:
    """The mapping to read a file by: the one that was named, else that of the tool, else one of plain names; a sure
    proposal in its stead, if that is wanted.
    """
    mapping = _found(path, table, options)
    gap = check_columns(mapping, table.header)
    if gap.missing:
        raise _needed(path, table, options, f"it lacks the columns {', '.join(gap.missing)}")
    if gap.unmapped and options.unmapped == "refuse" and options.mapping != "auto":
        raise _needed(path, table, options, f"no mapping for the columns {', '.join(gap.unmapped)}")
    return keep_unmapped(mapping, table.header)


def _found(path: Path, table: Table, options: Options) -> Mapping:
    if isinstance(options.mapping, Path):
        return _as_said(read_mapping(options.mapping), options)
    header = theirs(table.header)
    found = detect(header, options.source, options.entity)
    if found is None and options.mapping == "auto":
        proposal = propose(header, table.head, options.source, options.entity)
        found = proposal.mapping if proposal.confident else None
    elif found is None:
        found = detect_generic(header, options.source, options.entity)
    if found is not None:
        return found
    raise _needed(path, table, options, "no mapping fits its columns")


def _as_said(mapping: Mapping, options: Options) -> Mapping:
    for said, stands, word in ((options.source, mapping.source, "source"), (options.entity, mapping.entity, "entity")):
        if said is not None and said != stands:
            raise BadInputError(
                "bad_mapping", f"the mapping is for the {word} {stands}, not {said}", f"leave out --{word}"
            )
    return mapping


def _needed(path: Path, table: Table, options: Options, why: str) -> BadInputError:
    """The refusal of a file that no mapping fits; a proposal to mend is written beside it where that is possible."""
    part = re.sub(r"[^\w.-]+", "_", table.member)
    target = path.with_name(".".join(filter(None, (path.name, part, "proposed.yaml"))))
    proposal = propose(theirs(table.header), table.head, options.source, options.entity)
    try:
        with suppress(FileExistsError), target.open("x", encoding="utf-8") as file:  # somebody may have mended it
            file.write(proposal.as_yaml())
        hint = f"a proposal is in {target}: mend it and import with --mapping {shlex.quote(str(target))}"
    except OSError:
        hint = "write a mapping and import with --mapping FILE.yaml, or use --unmapped keep"
    return BadInputError("mapping_needed", f"{_title(path, table.member)}: {why}", hint)


def _title(path: Path, member: str) -> str:
    return f"{path.name} ({member})" if member else path.name
