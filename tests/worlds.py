"""Random histories told to a real workspace: files, real runs, Splink and Postgres. Many histories side by side in one.

The histories are those of `tests.histories`; here their records get names, addresses and numbers that mean something.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Iterable
from pathlib import Path

import dagster as dg

from identity.errors import VelocityError
from resources import catalog, decisions
from resources.workspace import Workspace
from tests.histories import BEGIN, Decide, Entry, Import, Retract, Undo, invent
from tests.records import forgetful
from velocity_pipelines import landing
from velocity_pipelines.build import build_defs
from velocity_pipelines.launching import IMPORT_JOB, RESOLVE_JOB, import_tags

MAPPING = """source: {source}
entity: contact
key: Id
updated_at: Changed
deleted: {{column: Gone, values: ["yes"]}}
columns: {{First: first_name, Last: last_name, Mail: email, Phone: phone, Born: date_of_birth, File: file}}
"""
HEADER = ["Id", "First", "Last", "Mail", "Phone", "Born", "Changed", "Gone", "File"]


def letters(number: int) -> str:
    """A short word of letters for a number."""
    word = ""
    for _ in range(3):
        number, digit = divmod(number, 26)
        word += chr(ord("a") + digit)
    return word


def histories(count: int, seed: int) -> dict[str, list[list[Entry]]]:
    """So many histories, by name."""
    return {letters(n): invent(letters(n), random.Random(f"{seed} {n}")) for n in range(count)}


def side_by_side(told: dict[str, list[list[Entry]]]) -> list[list[tuple[str, Entry]]]:
    """The first steps of all histories, then the second ones, and so on."""
    longest = max(len(history) for history in told.values())
    return [
        [(name, entry) for name, history in told.items() if n < len(history) for entry in history[n]]
        for n in range(longest)
    ]


def at_once(told: dict[str, list[list[Entry]]], chance: random.Random) -> list[tuple[str, Entry]]:
    """The same in one step: files that stand at the end in any order, then decisions and retractions in theirs."""
    entries = [(name, entry) for name, history in told.items() for step in history for entry in step]
    standing: dict[str, tuple[str, Entry]] = {}
    for name, entry in entries:
        if isinstance(entry, Import):
            standing[entry.batch] = (name, entry)
        elif isinstance(entry, Undo):
            standing.pop(entry.batch, None)
    files = list(standing.values())
    chance.shuffle(files)
    return [*files, *((name, entry) for name, entry in entries if not isinstance(entry, Import | Undo))]


class World:
    """One workspace, and what was told to it."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self.workspace, self._folder = workspace, folder
        self._said: dict[tuple[str, int], int] = {}  # history and number of a decision: its entry in the log
        self._counts: dict[str, int] = {}
        self._batches: dict[str, str] = {}

    def tell(self, entries: Iterable[tuple[str, Entry]]) -> dg.ExecuteInProcessResult:
        """Enter these, by name of their history, and publish what follows in one run."""
        waiting: list[str] = []
        for history, entry in entries:
            if isinstance(entry, Import):
                waiting.append(self._take(entry))
            elif isinstance(entry, Undo):
                self._undo(entry)
            elif isinstance(entry, Decide):
                self._decide(history, entry)
            else:
                self._retract(history, entry)
        pending = set(catalog.pending(self.workspace.database))
        return self._run([batch for batch in dict.fromkeys(waiting) if batch in pending])

    def _run(self, batches: list[str]) -> dg.ExecuteInProcessResult:
        definitions = build_defs(workspace=dg.ResourceDefinition.hardcoded_resource(self.workspace))
        job = definitions.resolve_job_def(IMPORT_JOB if batches else RESOLVE_JOB)
        with forgetful() as instance:
            instance.add_dynamic_partitions("batches", batches)
            return job.execute_in_process(instance=instance, tags=import_tags(batches) if batches else {})

    def _take(self, entry: Import) -> str:
        file, mapping = self._folder / f"{entry.batch}.csv", self._folder / f"{entry.source}.yaml"
        mapping.write_text(MAPPING.format(source=entry.source))
        with file.open("w", newline="") as stream:
            csv.writer(stream).writerows([HEADER, *(_cells(entry, row) for row in entry.rows)])
        stamp = BEGIN + dt.timedelta(days=entry.day)
        options = landing.Options(mapping=mapping, received_at=stamp, snapshot=entry.snapshot)
        (found,) = landing.offer(file, options)
        assert isinstance(found, landing.Offered)
        offered = landing.recognise(self.workspace, found, options)
        landing.take(self.workspace, offered, "tester")
        self._batches[entry.batch] = offered.arrival.batch
        return offered.arrival.batch

    def _undo(self, entry: Undo) -> None:
        state = catalog.get(self.workspace.database, self._batches[entry.batch])
        if state.withdrawn is None:
            catalog.withdraw(self.workspace.database, state.arrival.batch, "tester", "")

    def _decide(self, history: str, entry: Decide) -> None:
        number = self._counts[history] = self._counts.get(history, -1) + 1
        made = decisions.judge(self.workspace.database, entry.judgements, "tester", "", {})
        self._said[history, number] = made.seq

    def _retract(self, history: str, entry: Retract) -> None:
        try:
            decisions.retract(self.workspace.database, self._said[history, entry.number], "tester", "")
        except VelocityError as error:
            assert error.code == "unknown_decision"


def _cells(
    entry: Import, row: tuple[str, str | None, tuple[str, ...], tuple[str, ...], str | None, int | None, bool]
) -> list[str]:
    number, first, mails, phones, born, updated, gone = row
    changed = "" if updated is None else (BEGIN + dt.timedelta(days=updated)).isoformat()
    last = f"Brook{entry.source[:-1]}" if first else ""
    mail = ";".join(f"{m.partition('@')[0]}{entry.source[:-1]}@example.com" for m in mails)
    phone = ";".join(_phone(p) for p in phones)
    day = f"{born.partition('@')[0]}-03-04" if born else ""
    name = (first or "").partition("@")[0].title()
    return [number, name, last, mail, phone, day, changed, "yes" if gone else "", entry.batch]


def _phone(word: str) -> str:
    """A reserved number for a literal one."""
    digits = sum(ord(c) * 31**i for i, c in enumerate(word)) % 10_000
    return f"+1 415 555 {digits:04}"
