"""A person erased on request: nothing of them is left under our roof, and everybody else is as before."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from identity.judgements import Judgement
from resources import catalog, decisions, log
from resources.comfy.picture import Picture
from resources.database import Database
from resources.embedded import EmbeddedPostgres
from resources.erasing import frames, names, scouring
from resources.publishing import read_tables
from resources.tables import PUBLISHED
from resources.workspace import Workspace
from tests.canaries import ANN, BOB, CONTACT, FIELDS, ME, P, csv, found, me, workbook
from tests.enriching import jobs_of, made, planned
from tests.integration.conftest import Velocity
from velocity_pipelines import landing, launching
from velocity_pipelines.platform import databases
from velocity_pipelines.settings import Settings

MINE = f"crm:contact:{P['id']}"
KEYS = {MINE, "events:contact:e-9", "list:contact:l-3", "fair:contact:f-4"}
DEAL = {"Name": "name", "Who": "contact_source_id", "Amount": "amount", "Currency": "currency", "Status": "status"}
TOUCH = {"Kind": "kind", "At": "at", "Who": "contact_source_id", "Subject": "subject"}
Batches = dict[str, dict[str, Any]]
Files = dict[str, tuple[str, bytes, str, dict[str, str]]]  # by a word: name, bytes, entity, columns
Take = Callable[[int, Files], Batches]


@pytest.fixture
def server(new_server: Callable[[str], EmbeddedPostgres]) -> EmbeddedPostgres:
    """A server of its own: all of its files are searched."""
    return new_server("server")


@pytest.fixture
def dagster_record() -> None:
    """Stands in the database as well, which is searched."""


@pytest.fixture
def database_url(server: EmbeddedPostgres) -> Iterator[str]:
    with server.hold() as dsn:
        database = Database(dsn)
        database.create()
        database.close()
        yield dsn


@pytest.fixture
def take(velocity: Velocity, tmp_path: Path) -> Take:
    """Takes files of a day in and publishes them in one run; each batch with its counts."""
    del velocity  # which says by the environment where the workspace is
    folder = tmp_path / "given"
    folder.mkdir()

    def enter(workspace: Workspace, day: int, name: str, data: bytes, entity: str, columns: dict[str, str]) -> str:
        (folder / name).write_bytes(data)
        source = name.partition(".")[0].partition("_")[0]
        updated = {"updated_at": "Changed"} if entity == "contact" else {}
        said = {"source": source, "entity": entity, "key": "Id", "columns": columns, **updated}
        (folder / f"{name}.yaml").write_text(json.dumps(said))
        options = landing.Options(mapping=folder / f"{name}.yaml", received_at=dt.datetime(2026, 6, day, tzinfo=dt.UTC))
        (offered,) = [one for one in landing.offer(folder / name, options) if isinstance(one, landing.Offered)]
        landing.take(workspace, offered, "test")  # a sheet that is no list of contacts is refused
        return offered.arrival.batch

    def run(day: int, files: Files) -> Batches:
        workspace = databases.open_workspace(Settings.read())
        batches = {word: enter(workspace, day, *file) for word, file in files.items()}
        ran = launching.run_import(Settings.read(), list(batches.values()), lambda _line: None)
        assert ran.ok, ran.error
        return {word: {"batch": batch, **counts(workspace, batch)} for word, batch in batches.items()}

    return run


def counts(workspace: Workspace, batch: str) -> dict[str, int]:
    found = catalog.get(workspace.database, batch).counts
    assert found is not None
    return asdict(found)


def everything(take: Take, tmp_path: Path) -> Batches:
    """The person in all formats and states, among others."""
    old = me(Title=P["older"], Mail=P["second"] + ";" + P["mail"], Changed="2026-04-01")
    lines = [dict(zip(CONTACT, cells, strict=True)) for cells in (BOB, me(Id="e-9", Notes=P["lines"]))]
    first = take(1, {"old": ("crm_1.csv", csv(ANN, BOB, old), "contact", FIELDS)})
    return first | take(2, {
        **crm(),
        "lines": ("events.jsonl", "\n".join(map(json.dumps, lines)).encode(), "contact", FIELDS),
        "list": ("list.csv.gz", gzip.compress(csv(BOB, me(Id="l-3", Notes=P["list"]))), "contact", FIELDS),
        "fair": ("fair.xlsx", workbook(tmp_path, me(Id="f-4", Notes=P["fair"]), ANN), "contact", FIELDS),
    })  # fmt: skip


def crm() -> Files:
    """The person in an export of one source: accepted, superseded and rejected, in a deal and in touches."""
    past, wrong = (
        me(Notes=P["superseded"], Changed="2026-03-01"),
        me(Id="zq-other", Notes=P["rejected"], Changed="soon"),
    )
    deals = [["d0", P["deal"], P["id"], "100", "EUR", "open"], ["d1", "Tea", "ann-1", "100", "EUR", "open"]]
    touches = [
        ["t1", "call", "2026-05-02", P["id"], "about the moonbase"],
        ["t2", "mail", "2026-05-03", "ann-1", P["subject"]],
        ["t3", "call", "2026-05-04", "ann-1", "tea again"],
    ]
    return {
        "new": ("crm_2.csv", csv(past, ANN, wrong, ME), "contact", FIELDS),
        "deals": ("crm_deals.csv", csv(*deals, header=["Id", *DEAL]), "opportunity", DEAL),
        "touches": ("crm_touches.csv", csv(*touches, header=["Id", *TOUCH]), "activity", TOUCH),
    }


def ids_of(workspace: Workspace) -> dict[str, str]:
    """The canonical id of each record."""
    return dict(workspace.database.frame("select key, canonical_id from crosswalk").iter_rows())


def judged(workspace: Workspace) -> int:
    """Somebody has said that the person is not Ann, and in the same breath that Ann is not Bob."""
    ann, bob = "crm:contact:ann-1", "crm:contact:bob-2"
    said = [Judgement("different", ann, MINE), Judgement("different", ann, bob)]
    shown = {MINE: P["shown"], ann: "aaaa", bob: "bbbb"}
    return decisions.judge(workspace.database, said, "tester", P["reason"], shown).seq


def painted(workspace: Workspace, canonical_id: str) -> None:
    """A picture of the person."""
    jobs = planned(workspace, 10)
    (job,) = [job for job in jobs if jobs_of(workspace)[job]["canonical_id"] == canonical_id]
    png = json.dumps(P["picture"]).encode()  # as good as one, and to be found by its words
    made(workspace, job, Picture(png, hashlib.sha256(png).hexdigest(), "0" * 64))


def others(workspace: Workspace, gone: set[str], told: set[str]) -> dict[str, list[Any]]:
    """All published rows but those of some ids and keys, and the client-360 of those who were `told` of the person."""
    tables = read_tables(workspace.database, tuple(PUBLISHED))
    hidden = {name: gone | told if name.endswith("_360") else gone for name in tables}
    return {
        name: [row for row in frame.sort(PUBLISHED[name]).rows() if not {*map(str, row)} & hidden[name]]
        for name, frame in tables.items()
    }


def killed(monkeypatch: pytest.MonkeyPatch, velocity: Velocity, erase: tuple[str, ...]) -> None:
    """The same command, killed at every step but the last."""
    for module, step in ((frames, "purge"), (launching, "run_resolve"), (names, "purge"), (scouring, "scour")):
        with monkeypatch.context() as patched:

            def dies(*_given: Any, **_named: Any) -> None:
                raise RuntimeError("killed")

            patched.setattr(module, step, dies)
            code, answer, _ = velocity(*erase)
            assert (code, answer["error"]["code"]) == (1, "internal")


def roots_of(server: EmbeddedPostgres, tmp_path: Path) -> list[Path]:
    """Every folder in which something may be left."""
    data = server.status().data
    assert data is not None
    return [data, tmp_path / "storage", tmp_path / "home"]


def command(person: str) -> tuple[str, ...]:
    return ("erase", f"contact:{person}", "--reason", "request 17", "--yes", "--by", "tester")


def belongings(workspace: Workspace, person: str) -> tuple[set[str], set[str]]:
    """Ids and keys that go with the person; the clients of whom a touch names the person."""
    ids = ids_of(workspace)
    accounts = dict(workspace.database.frame("select contact_id, account_id from contact_account").iter_rows())
    company, ann = accounts[person], ids["crm:contact:ann-1"]
    gone = {person, company, *(key for key, name in ids.items() if name in (person, company))}
    return gone | {"crm:opportunity:d0", "crm:activity:t1", "crm:activity:t2"}, {ann, accounts[ann]}


@pytest.mark.timeout(900)  # several runs of the whole platform, on a server of its own
def test_nothing_of_an_erased_person_is_left(
    velocity: Velocity, workspace: Workspace, take: Take, tmp_path: Path, server: EmbeddedPostgres
) -> None:
    batches = everything(take, tmp_path)
    assert [batches["new"][n] for n in ("accepted", "rejected", "superseded")] == [2, 1, 1]
    person, decision = ids_of(workspace)[MINE], judged(workspace)
    assert {key for key, name in ids_of(workspace).items() if name == person} == KEYS
    assert velocity("resolve")[0] == 0
    painted(workspace, person)
    gone, told = belongings(workspace, person)
    before, fingerprint = others(workspace, gone, told), velocity("fingerprint")[1]
    assert [row[0] for row in before["activity"]] == ["crm:activity:t3"]
    roots = roots_of(server, tmp_path)
    _stands_everywhere_but_in_logs(workspace, roots)

    listed = velocity(*command(person)[:4])[1]
    assert (listed.get("state"), velocity("fingerprint")[1]) == ("listed", fingerprint), listed
    assert {(row["batch"], row["line"], row["state"]) for row in listed["rows"]} == {
        (batches["old"]["batch"], 4, "accepted"), (batches["new"]["batch"], 5, "accepted"),
        (batches["new"]["batch"], 2, "superseded"), (batches["new"]["batch"], 4, "rejected"),
        (batches["lines"]["batch"], 2, "accepted"), (batches["list"]["batch"], 3, "accepted"),
        (batches["fair"]["batch"], 2, "accepted"), (batches["deals"]["batch"], 2, "accepted"),
        (batches["touches"]["batch"], 2, "accepted"), (batches["touches"]["batch"], 3, "accepted"),
    }  # fmt: skip
    code, done, said = velocity(*command(person))
    assert (code, done.get("state"), done.get("refused")) == (0, "erased", []), (done, said)

    assert found(roots) == {}
    assert others(workspace, gone, told) == before
    _log_says(workspace, decision)
    shown = velocity("show", f"contact:{person}")[1]
    assert (shown["state"], shown["canonical_id"], shown["forwarded_to"]) == ("erased", person, None)
    assert not [value for value in P.values() if value in json.dumps(shown, ensure_ascii=False)]
    left = counts(workspace, batches["new"]["batch"])
    assert [left[n] for n in ("received", "accepted", "rejected", "superseded", "erased")] == [4, 1, 0, 0, 3]
    _evidence_stands(velocity, tmp_path, batches)
    _comes_in_again(velocity, take, workspace, person)


@pytest.mark.timeout(900)  # the same, of one source
def test_an_erasure_that_was_killed_at_every_step_leaves_nothing_either(
    velocity: Velocity, workspace: Workspace, take: Take, tmp_path: Path, server: EmbeddedPostgres,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    take(2, crm())
    person = ids_of(workspace)[MINE]
    painted(workspace, person)
    gone, told = belongings(workspace, person)
    before, roots = others(workspace, gone, told), roots_of(server, tmp_path)
    assert {"superseded", "rejected", "deal", "subject", "picture", "national"} <= set(found(roots))
    killed(monkeypatch, velocity, command(person))
    code, done, said = velocity(*command(person))
    assert (code, done.get("state"), done.get("refused")) == (0, "erased", []), (done, said)
    assert found(roots) == {}
    assert others(workspace, gone, told) == before
    assert velocity("replay", "--verify")[0] == velocity("evidence", "verify")[0] == 0


def _stands_everywhere_but_in_logs(workspace: Workspace, roots: list[Path]) -> None:
    """So that the test can fail."""
    hits = found(roots)
    assert set(hits) == set(P)
    dagster = workspace.database.frame("select oid::text from pg_database where datname like '%dagster'")["oid"][0]
    logs = (str(roots[2]), str(roots[0] / "base" / dagster))
    assert not [path for paths in hits.values() for path in paths if path.startswith(logs)]


def _log_says(workspace: Workspace, decision: int) -> None:
    with workspace.database.transaction() as connection:
        assert log.verify(connection).broken_at is None
        (left,) = [one for one in decisions.read(connection) if one.decision.seq == decision]
    assert left.decision.judgements == (("different", "crm:contact:ann-1", "crm:contact:bob-2"),)
    assert (left.reason, left.shown) == ("(erased)", {"crm:contact:ann-1": "aaaa", "crm:contact:bob-2": "bbbb"})


def _evidence_stands(velocity: Velocity, tmp_path: Path, batches: dict[str, dict[str, Any]]) -> None:
    code, verified, _ = velocity("evidence", "verify")
    assert (code, verified["damaged"], len(verified["erased"])) == (0, [], 7)
    got = velocity("evidence", "get", batches["new"]["batch"], "--out", str(tmp_path / "got"))[1]
    came = (tmp_path / "given" / "crm_2.csv").read_bytes()
    blanked = (tmp_path / "got").read_bytes()
    assert (got["erased"], len(blanked)) == (3, len(came))
    assert blanked.splitlines()[2] == came.splitlines()[2]  # Ann's
    assert velocity("evidence", "get", batches["new"]["batch"], "--line", "5")[1]["error"]["code"] == "erased"
    evidence = tmp_path / "storage" / "evidence" / got["became"]
    evidence.write_bytes(blanked.replace(b"likes tea", b"likes gin"))
    code, verified, _ = velocity("evidence", "verify")
    assert (code, [one["batch"] for one in verified["damaged"]]) == (1, [batches["new"]["batch"]])
    evidence.write_bytes(blanked)


def _comes_in_again(velocity: Velocity, take: Take, workspace: Workspace, person: str) -> None:
    """Under new ids of a new source, by the address alone; one is let in, the other is erased like the first."""
    cy, new, also = (
        [f"{name}-1", name, "Q.", mail, *[""] * 9, "2026-06-08"]
        for name, mail in (("Cy", "cy@marsh.example"), ("Z", P["mail"].upper()), ("Zed", P["mail"]))
    )
    batch = take(9, {"shop": ("shop.csv", csv(cy, new, also), "contact", FIELDS)})["shop"]
    assert [batch[n] for n in ("received", "accepted", "held", "erased")] == [3, 1, 2, 0]
    held = velocity("erase", "held")[1]["held"]
    assert [(row["batch"], row["line"], row["file"]) for row in held] == [
        (batch["batch"], 3, "shop.csv"),
        (batch["batch"], 4, "shop.csv"),
    ]
    assert set(held[0]) == {"batch", "line", "file", "hash", "erasure"}
    assert velocity("show", f"contact:{person}")[1]["state"] == "erased"
    code, released, _ = velocity("erase", "release", batch["batch"], "3", "--reason", "a new customer")
    assert (code, [row["line"] for row in velocity("erase", "held")[1]["held"]]) == (0, [4]), released
    assert ids_of(workspace)["shop:contact:Z-1"] != person
    code, again, _ = velocity("erase", f"contact:{person}", "--reason", "request 18", "--yes")
    assert (code, [(row["line"], row["state"]) for row in again["rows"]]) == (0, [(4, "held")])
    left = counts(workspace, batch["batch"])
    assert [left[n] for n in ("received", "accepted", "held", "erased")] == [3, 2, 0, 1]
    assert velocity("replay", "--verify")[0] == 0
    assert velocity("evidence", "verify")[0] == 0
