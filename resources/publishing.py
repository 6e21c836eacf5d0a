"""Making a version visible: one transaction that writes only what changed, and the reading of what is visible.

Not here: how the rows are made (`identity`), nor when (`velocity_pipelines`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import polars as pl
from sqlalchemy import Connection, insert, select, update

from identity.errors import BadInputError, VelocityError
from identity.fields import RESOLVED, Entity
from identity.frames import EDGE
from identity.ids import Ledger
from identity.patches import Patch
from resources import feed, indexes, ledger, log
from resources.ahead import ahead
from resources.catalog import newest_version
from resources.code_version import code_version
from resources.database import Database, copy, lock_transaction
from resources.deltas import MARKS, MARKS_FORM, Change, Delta, delta, marks, patched, upsert, write
from resources.fingerprint import Fingerprint, fingerprint, row_texts
from resources.frames import take_over
from resources.tables import PUBLISHED, Base, Batch, Publication
from resources.workspace import Workspace

READ_AS_TEXT = ("payload", "intent", "open_value", "amount_number")  # JSON verbatim, decimals exact


@dataclass(frozen=True, slots=True)
class Draft:
    """A version to be published: its tables, or how they differ from those of the version before, what it does to the
    ids, and the cut that it shows.
    """

    tables: dict[str, pl.DataFrame | Patch]
    ledger: Ledger  # what changed of it: `identity.ids.Assignment.change`
    events: pl.DataFrame
    review: int
    cut: pl.DataFrame

    @classmethod
    def of(cls, frames: Mapping[str, Any]) -> Draft:
        """The draft that the frames of a whole evaluation (`identity.stages.resolve`) and their cut amount to; its
        tables may be patches.
        """
        from identity.clustering import doubtful  # noqa: PLC0415 - SciPy loads only where something is resolved

        walk = frames["crosswalk"].select("key", cluster="canonical_id")
        review = sum(doubtful(frames[f"{e}_live_edges"], walk).height for e in RESOLVED)
        tables = {name: frames[name] for name in PUBLISHED}
        step = Ledger(frames["canonical_id"], frames["record_home"], frames["record_worn"])
        return cls(tables, step, frames["id_event"], review, frames["cut"])


@dataclass(frozen=True, slots=True)
class Published:
    """A version that became visible."""

    version: int
    changes: dict[str, Change]


def publish(
    workspace: Workspace, draft: Draft, run: str, *, anew: bool = False, before: Sequence[str] = ()
) -> Published:
    """Make the draft the next version. `stale_draft` if another version was published since the draft was begun.

    Readers see the whole version or the one before: all writes are in one transaction. What is written is what differs
    from the last publication, or if `anew`, from what stands in Postgres; one table is compared while the one before it
    is written. With it the run takes over the frames of the runs `before` that it is the re-execution of.
    """
    kept = ledger.keep(workspace.storage, draft.ledger, draft.events)
    with ahead(_deltas(workspace, draft, run, anew=anew)) as comparing:
        first = next(comparing)  # the largest, before anybody has to wait for us
        return _published(workspace, draft, (run, *before), kept, chain([first], comparing))


def _published(
    workspace: Workspace,
    draft: Draft,
    runs: Sequence[str],
    kept: dict[str, str],
    comparing: Iterable[tuple[str, Delta]],
) -> Published:
    """Write what differs, table by table, and make it visible."""
    deltas: dict[str, Delta] = {}
    with workspace.database.transaction() as connection:
        version = _next_version(connection, draft)
        adds = _first_shown(connection, draft.cut)
        for name, of in comparing:
            write(connection, name, of, version)
            deltas[name] = of
        changes = {name: of.change for name, of in deltas.items()}
        payload = {"run": runs[0], "adds": adds, "ledger": kept, "summary": _summary(draft, changes)}
        _enter(connection, version, draft, payload)  # stamped when nearly all is written
        if version == 1:
            indexes.build(connection)
        feed.tell(connection, deltas, version)
        enter = upsert if version > 1 else _append
        enter(connection, "canonical_id", draft.ledger.ids, ("id",))
        enter(connection, "record_home", draft.ledger.homes, ("key",))
        copy(connection, "id_event", ledger.numbered(draft.events, version))
        connection.execute(update(Batch).where(Batch.batch.in_(adds)).values(published=version))
        take_over(connection, *runs)
    return Published(version, changes)


def _append(connection: Connection, name: str, rows: pl.DataFrame, _key: tuple[str, ...]) -> None:
    copy(connection, name, rows)


def _deltas(
    workspace: Workspace, draft: Draft, run: str | None = None, *, anew: bool = False
) -> Iterator[tuple[str, Delta]]:
    """What the draft changes of each table of the version before, or if `anew`, of what stands in Postgres: the largest
    first. The marks of what is now are kept for a run.
    """
    before = _Before(workspace, newest_run(workspace.database), anew)
    for name in sorted(PUBLISHED, key=lambda name: _rows(draft.tables[name]).estimated_size(), reverse=True):
        new, key = draft.tables[name], PUBLISHED[name]
        rows = _rows(new)
        now, old = marks(rows, key), before.marks(name, rows.schema)
        if isinstance(new, Patch):
            found, now = patched(new, now, old, key)
        else:
            found = delta(new, now, old, before.of(name), key)
        if run is not None:
            workspace.frames.write(_marks_of(name), now, run=run)
        yield name, found


def _rows(table: pl.DataFrame | Patch) -> pl.DataFrame:
    return table.rows if isinstance(table, Patch) else table


@dataclass(frozen=True)
class _Before:
    """The tables as they were: by the marks that their publication left, and if one is lost, by reading all of them."""

    workspace: Workspace
    run: str | None
    anew: bool

    def marks(self, name: str, schema: pl.Schema) -> pl.DataFrame:
        """Of a table of that schema; none before the first version."""
        if self.run is None:
            return pl.DataFrame(schema=MARKS)
        left = None if self.anew else self.workspace.frames.of_run(_marks_of(name), self.run)
        return marks(self.tables[name].select(schema.names()).cast(schema), PUBLISHED[name]) if left is None else left

    def of(self, name: str) -> Callable[[], pl.DataFrame]:
        """Reads a table, in any order."""
        return lambda: self.tables[name]

    @cached_property
    def tables(self) -> dict[str, pl.DataFrame]:
        """All of them, read once."""
        read = read_tables(self.workspace.database, tuple(PUBLISHED)) if self.anew else None
        return read or published_frames(self.workspace)


def _marks_of(name: str) -> str:
    """Of a table as this code and this version of Polars make them."""
    return f"{name}_marks{MARKS_FORM}_{pl.__version__}"


def _first_shown(connection: Connection, cut: pl.DataFrame) -> list[str]:
    """The batches of a cut that no version shows, in the order of the log; none of them may be entered anew since."""
    lock_transaction(connection, "log")
    entered = dict(cut.drop_nulls("batch").select("batch", "seq").iter_rows())
    query = select(Batch.batch, Batch.seq).where(Batch.published.is_(None)).order_by(Batch.seq)
    found = [row for row in connection.execute(query) if row.batch in entered]
    if any(entered[row.batch] != row.seq for row in found):
        raise VelocityError("stale_draft", "a file of it was imported again meanwhile", "run it again")
    return [row.batch for row in found]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What publishing a draft would do: its summary, and a hash over every row that it would write or remove."""

    summary: dict[str, Any]
    effect: str
    follows: int  # the version that it was seen from


def foresee(workspace: Workspace, draft: Draft) -> Foreseen:
    """What publishing would do; writes nothing."""
    deltas = dict(_deltas(workspace, draft))
    effect = hashlib.sha256()
    for name in PUBLISHED:
        of = deltas[name]
        for rows in (of.written, of.removed):
            effect.update("\n".join([name, *row_texts(rows, ("version",)).sort()]).encode())
    summary = _summary(draft, {name: of.change for name, of in deltas.items()})
    return Foreseen(summary, effect.hexdigest(), draft.cut["follows"][0])


def _next_version(connection: Connection, draft: Draft) -> int:
    """The number after the newest, under the lock that every publisher takes; the draft has to follow that newest."""
    lock_transaction(connection, "publish")
    newest_now = newest_version(connection)
    if newest_now != draft.cut["follows"][0]:
        raise VelocityError("stale_draft", f"version {newest_now} was published meanwhile", "run it again")
    return newest_now + 1


def _summary(draft: Draft, changes: dict[str, Change]) -> dict[str, Any]:
    """What the publication did, in counts: to ids by entity, to rows by table."""
    entities = {entity: _entity_summary(draft.events, entity, changes[entity]) for entity in RESOLVED}
    return {"entities": entities, "review": draft.review, "tables": {n: asdict(c) for n, c in changes.items()}}


def _entity_summary(events: pl.DataFrame, entity: str, change: Change) -> dict[str, int]:
    of_entity = events.filter(pl.col("entity") == entity)["event"]
    named = {word: int((of_entity == word).sum()) for word in ("mint", "merge", "split", "retire", "resurrect")}
    created = named["mint"] + named["resurrect"]
    rest = {"merged": named["merge"], "split": named["split"], "retired": named["retire"]}
    return {"created": created, "updated": change.updated, **rest}


def _enter(connection: Connection, version: int, draft: Draft, payload: dict[str, Any]) -> None:
    as_of = dt.datetime.now(dt.UTC)
    facts = {"version": version, "cut": draft.cut["upto"][0], "code_version": code_version()}
    seq = log.append(connection, "publication", {**facts, **payload, "as_of": as_of.isoformat()}, "platform", as_of)
    row = {**facts, "seq": seq, "as_of": as_of, "run_id": payload["run"], "summary": payload["summary"]}
    connection.execute(insert(Publication).values(row))


def newest(database: Database) -> int | None:
    """The newest published version, None before the first."""
    with database.transaction() as connection:
        return newest_version(connection) or None


@dataclass(frozen=True, slots=True)
class Shown:
    """A version and what its publication did."""

    version: int
    summary: dict[str, Any]


def of_run(database: Database, run: str) -> Shown | None:
    """The version that a run published, None if it published none."""
    query = select(Publication.version, Publication.summary).where(Publication.run_id == run)
    with database.transaction() as connection:
        row = connection.execute(query.order_by(Publication.version.desc())).first()
    return Shown(row.version, row.summary) if row else None


def newest_run(database: Database) -> str | None:
    """The run that published the newest version, None before the first."""
    with database.transaction() as connection:
        query = select(Publication.run_id).order_by(Publication.version.desc()).limit(1)
        return connection.execute(query).scalar()


def live_edges(workspace: Workspace, entity: Entity) -> pl.DataFrame:
    """The edges (`identity.frames.EDGE`) that the newest version was clustered by; none before the first."""
    if newest(workspace.database) is None:
        return pl.DataFrame(schema=EDGE)
    return published_frame(workspace, f"{entity}_live_edges")


def published_frame(workspace: Workspace, name: str, where: pl.Expr | None = None) -> pl.DataFrame:
    """A set-wise frame of the run that published the newest version, or those of its rows; `nothing_published`,
    `frame_lost`.
    """
    for _ in range(3):  # a version that is published meanwhile drops frames of the one before, then layers
        run = newest_run(workspace.database)
        if run is None:
            raise BadInputError("nothing_published", "nothing is published yet", "import a file first")
        found = workspace.frames.of_run(name, run, where)
        if found is not None:
            return found
    raise VelocityError("frame_lost", f"the storage root has lost {name}", "run `velocity resolve`")


def published_frames(workspace: Workspace) -> dict[str, pl.DataFrame]:
    """The tables of the newest version as the run that published them left them; empty before the first.

    Where the storage root has lost one of them, all are read from Postgres.
    """
    run = newest_run(workspace.database)
    if run is None:
        return {}
    kept = {name: workspace.frames.of_run(name, run) for name in PUBLISHED}
    found = {name: frame for name, frame in kept.items() if frame is not None}
    return found if len(found) == len(kept) else read_tables(workspace.database, tuple(PUBLISHED))


def read_tables(database: Database, names: tuple[str, ...]) -> dict[str, pl.DataFrame]:
    """Whole tables from one snapshot of Postgres, as frames."""
    return database.tables({name: f'select {_chosen(name)} from "{name}"' for name in names})


def _chosen(name: str) -> str:
    columns = Base.metadata.tables[name].columns.keys()
    return ", ".join(f'"{column}"::text' if column in READ_AS_TEXT else f'"{column}"' for column in columns)


def published_fingerprint(database: Database) -> Fingerprint:
    """The fingerprint of what Postgres shows now."""
    tables = read_tables(database, (*PUBLISHED, "canonical_id"))
    with database.transaction() as connection:
        version = newest_version(connection)
    return fingerprint(version or None, tables, tables["canonical_id"])
