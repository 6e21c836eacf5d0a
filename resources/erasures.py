"""What was erased, as the log has it: which rows are read as erased, where their evidence is now, who is held back.

An erasure is up to four entries of its kind: `requests` (outside of local), `erases` (all that is to be destroyed,
before anything is), `of` (ledger objects that were rewritten) and `completes`. `releases` lets held rows in.

Not here: the destroying (`resources.erasing`), and how a row is recognised (`identity.recognition`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection, select

from identity.errors import BadInputError
from identity.fields import Entity
from identity.recognition import tokens
from resources import log
from resources.erasure_key import ErasureKey, key_id, known_among
from resources.readers import Table, open_evidence
from resources.tables import Batch
from resources.workspace import Workspace

LOCK = "evidence"  # shared by those that read or keep evidence, alone by an erasure
HELD = {"line": pl.Int64(), "hash": pl.String()}


@dataclass(frozen=True, slots=True)
class Withheld:
    """The rows of a batch that are not judged: those `erased`, and those in which somebody `known` comes again."""

    erased: frozenset[int] = frozenset()
    known: frozenset[str] = frozenset()
    released: frozenset[int] = frozenset()
    key: bytes = b""

    def held(self, rows: pl.DataFrame, source: str, entity: Entity, line: str) -> pl.DataFrame:
        """HELD of standardised rows: a row for each line, under the first hash by which it is known."""
        if not self.known:
            return pl.DataFrame(schema=HELD)
        said = tokens(rows.with_columns(source=pl.lit(source)), entity, line)
        again = known_among(self.key, said["token"], self.known)
        theirs = said.filter(pl.col("token").is_in(list(again)))
        named = theirs.select(line="at", hash=pl.col("token").replace_strict(again, return_dtype=pl.String))
        found = named.filter(~pl.col("line").is_in(self.released))
        return found.sort("line", "hash").unique("line", keep="first", maintain_order=True).cast(HELD)  # type: ignore[arg-type]


NOTHING = Withheld()


@dataclass(frozen=True, slots=True)
class Erasures:
    """All entries (number, payload) of the kind, oldest first."""

    entries: tuple[tuple[int, dict[str, Any]], ...] = ()

    @classmethod
    def read(cls, connection: Connection) -> Erasures:
        """From the log."""
        return cls(tuple(log.payloads(connection, "erasure")))

    def of(self, word: str) -> list[tuple[int, dict[str, Any]]]:
        """The entries of one step."""
        return [(seq, said) for seq, said in self.entries if word in said]

    def unfinished(self) -> list[tuple[int, dict[str, Any]]]:
        """Erasures that were begun and are not completed."""
        done = {said["completes"] for _, said in self.of("completes")}
        return [(seq, said) for seq, said in self.of("erases") if seq not in done]

    def ids(self) -> set[str]:
        """Canonical ids of persons erased."""
        return {said["erases"] for _, said in self.of("erases")}

    def person(self, canonical_id: str) -> str | None:
        """Under which id somebody was erased who also had this one."""
        return next((str(said["erases"]) for _, said in self.of("erases") if canonical_id in said["ids"]), None)

    def stood(self, canonical_id: str, version: int) -> bool:
        """Whether an id that lives on stood for a person, erased since, when a version was visible."""
        told = (one for _, said in self.of("erases") for one in said["stood"])
        return any(name == canonical_id and since <= version < until for name, since, until in told)

    def evidence(self, sha256: str) -> str:
        """Under which hash the evidence stands that arrived under this one."""
        for _, said in reversed(self.of("erases")):
            if sha256 in said["files"]:
                return str(said["files"][sha256]["became"])
        return sha256

    def ledger(self, digest: str) -> str:
        """Under which hash an object of the ledger stands now."""
        for _, said in self.of("of"):
            digest = said["ledger"].get(digest, digest)
        return digest

    def lines(self, sha256: str, member: str) -> frozenset[int]:
        """The lines of rows of a table that are erased."""
        found = (said["files"].get(sha256, {}).get("rows", {}).get(member, ()) for _, said in self.of("erases"))
        return frozenset(line for lines in found for line in lines)

    def files(self) -> dict[str, dict[str, frozenset[int]]]:
        """The erased lines by table, of each file by the hash under which it arrived."""
        members = {
            (sha256, m) for _, said in self.of("erases") for sha256, f in said["files"].items() for m in f["rows"]
        }
        found: dict[str, dict[str, frozenset[int]]] = {}
        for sha256, member in sorted(members):
            found.setdefault(sha256, {})[member] = self.lines(sha256, member)
        return found

    def released(self, batch: str, upto: int | None = None) -> frozenset[int]:
        """The lines of a batch that were let in, up to a cut."""
        found = (said["releases"].get(batch, ()) for seq, said in self.of("releases") if upto is None or seq <= upto)
        return frozenset(line for lines in found for line in lines)

    def known(self, before: int) -> dict[str, int]:
        """The hashes of persons who were erased before an entry of the log, each with the number of its erasure."""
        return {digest: seq for seq, said in self.of("erases") if seq < before for digest in said["hashes"]}

    def withheld(
        self, key: ErasureKey, batch: str, seq: int, sha256: str, member: str, upto: int | None = None
    ) -> Withheld:
        """What is withheld of a batch that was entered as `seq`; `erasure_key_missing`, `erasure_key_changed`."""
        if not self.entries:
            return NOTHING
        known = frozenset(self.known(seq))
        secret = checked(key, self) if known else b""
        return Withheld(self.lines(sha256, member), known, self.released(batch, upto), secret)


def checked(key: ErasureKey, erasures: Erasures) -> bytes:
    """The key, if it is the one that all hashes were made with."""
    found = key.read()
    if {said["key"] for _, said in erasures.of("erases")} - {key_id(found)}:
        hint = "restore the one that was used: with another nobody is recognised"
        raise BadInputError("erasure_key_changed", "the key of erasures is not the one that was used", hint)
    return found


def read(workspace: Workspace) -> Erasures:
    """All of them."""
    with workspace.database.transaction() as connection:
        return Erasures.read(connection)


def withheld(workspace: Workspace, batch: str) -> Withheld:
    """What is withheld of a batch now."""
    with workspace.database.transaction() as connection:
        found = Erasures.read(connection)
        if not found.entries:
            return NOTHING
        query = select(Batch.seq, Batch.sha256, Batch.member).where(Batch.batch == batch)
        seq, sha256, member = connection.execute(query).one()
    return found.withheld(workspace.erasure_key, batch, seq, sha256, member)


def withheld_before(workspace: Workspace, sha256: str, member: str) -> Withheld:
    """What is withheld of a table that is not entered yet."""
    found = read(workspace)
    known = frozenset(digest for _, said in found.of("erases") for digest in said["hashes"])
    key = checked(workspace.erasure_key, found) if known else b""
    return Withheld(found.lines(sha256, member), known, key=key)


@contextmanager
def open_kept(workspace: Workspace, sha256: str, name: str, member: str) -> Iterator[Table]:
    """One table of a file as its evidence stands now, by the hash under which it arrived."""
    with open_evidence(workspace.storage, read(workspace).evidence(sha256), name, member) as table:
        yield table


def without_erased(records: pl.DataFrame, erasures: Erasures) -> pl.DataFrame:
    """Record versions without those whose erasure was begun; it may not have come to their frames yet."""
    rows = [(b, line) for _, said in erasures.unfinished() for b, lines in said["batches"].items() for line in lines]
    if not rows:
        return records
    return records.join(pairs(rows), on=["batch", "line"], how="anti")


def pairs(rows: Iterable[tuple[str, int]]) -> pl.DataFrame:
    """Rows of batches as a frame."""
    return pl.DataFrame(list(rows), schema={"batch": pl.String(), "line": pl.Int64()}, orient="row")
