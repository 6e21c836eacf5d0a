"""A person erased on request: nothing of them is left under our roof, and everybody else is as before."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import text

from identity.judgements import Judgement
from resources import catalog, decisions, enrichment, log
from resources.database import Database
from resources.embedded import EmbeddedPostgres
from resources.enrichment import Artefact
from resources.erasing import frames, names, scouring
from resources.publishing import read_tables
from resources.tables import PUBLISHED
from resources.workspace import Workspace
from tests.integration.conftest import Velocity
from tests.workbooks import write_workbook
from velocity_pipelines import launching

P = {  # canaries by what they are of the person
    "first": "Zephyrine", "last": "Quillfeather", "mail": "zephyrine@quillfeather.example", "phone": "+12025550143",
    "second": "zq1961@home.example", "street": "17 Larkspur Row", "city": "Quintonbury", "postcode": "QX7 4ZJ",
    "company": "Gyroscopes of Quinton", "domain": "quillfeather.example", "title": "Chief Gyroscopist",
    "older": "Junior Gyroscopist", "national": "QF-778-1123-X", "id": "zq-7781-id", "notes": "prefers marmalade",
    "superseded": "was a lighthouse keeper", "rejected": "asked for kippers", "fair": "met at the llama stand",
    "lines": "speaks fluent Volapuk", "list": "collects tram tickets", "subject": "Lunch with Zephyrine Quillfeather",
    "deal": "Marmalade for the moonbase", "reason": "they argued about zeppelins", "shown": "feedc0decafe7781",
    "picture": "a portrait in crayon",
}  # fmt: skip
CONTACT = [
    "Id",
    "First",
    "Last",
    "Mail",
    "Phone",
    "Street",
    "City",
    "Post",
    "Company",
    "Domain",
    "Title",
    "National",
    "Notes",
    "Changed",
]
FIELDS = {
    "First": "first_name", "Last": "last_name", "Mail": "email", "Phone": "phone", "Street": "street", "City": "city",
    "Post": "postcode", "Company": "company_name", "Domain": "company_domain", "Title": "title",
    "National": "national_id", "Notes": "notes",
}  # fmt: skip
ANN = ["ann-1", "Ann", "Brook", "ann@brook.example", "+12025550111", "1 Mill Lane", "Leeds", "LS1", "Brook and Sons",
       "brook.example", "Buyer", "AB-1", "likes tea", "2026-05-01"]  # fmt: skip
BOB = ["bob-2", "Bob", "Hill", "bob@hill.example", "+12025550122", "2 Mill Lane", "York", "YO1", "Hill Works",
       "hill.example", "Owner", "BH-2", "é ü", "2026-05-01"]  # fmt: skip
MINE = ("id", "first", "last", "mail", "phone", "street", "city", "postcode", "company", "domain", "title", "national")
ME = [*(P[name] for name in MINE), P["notes"], "2026-05-05"]


def me(**changed: str) -> list[str]:
    cells = dict(zip(CONTACT, ME, strict=True)) | changed
    return list(cells.values())


def csv(*rows: list[str], header: list[str] = CONTACT) -> bytes:
    return "\n".join(
        ",".join(f'"{cell}"' if " " in cell else cell for cell in row) for row in [header, *rows, []]
    ).encode()


@pytest.fixture
def server(new_server: Callable[[str], EmbeddedPostgres]) -> EmbeddedPostgres:
    """A server of its own: all of its files are searched."""
    return new_server("server")


@pytest.fixture
def database_url(server: EmbeddedPostgres) -> Iterator[str]:
    with server.hold() as dsn:
        database = Database(dsn)
        database.create()
        database.close()
        yield dsn


Take = Callable[..., dict[str, Any]]


@pytest.fixture
def take(velocity: Velocity, tmp_path: Path) -> Take:
    """Imports the bytes of a file by a mapping; the answer for its batch."""

    def run(name: str, data: bytes, entity: str, day: int, columns: dict[str, str], key: str = "Id") -> dict[str, Any]:
        folder = tmp_path / "given"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
        source = name.partition(".")[0].partition("_")[0]
        updated = {"updated_at": "Changed"} if "Changed" in columns or entity == "contact" else {}
        columns = {k: v for k, v in columns.items() if k != "Changed"}
        said = {"source": source, "entity": entity, "key": key, "columns": columns, **updated}
        (folder / f"{name}.yaml").write_text(json.dumps(said))
        stamp = f"2026-06-{day:02}T12:00:00Z"
        mapping = str(folder / f"{name}.yaml")
        code, answer, error = velocity("import", str(folder / name), "--mapping", mapping, "--received-at", stamp)
        (found,) = [batch for batch in answer["batches"] if batch["status"] == "published"]
        assert code in (0, 2), (answer, error)  # a sheet that is no list of contacts is refused
        return dict(found)

    return run


def workbook(tmp_path: Path, *rows: list[str]) -> bytes:
    write_workbook(
        tmp_path / "book.xlsx", {"Visitors": [CONTACT, *rows], "Halls": [["Hall", "Size"], ["A", 1], ["B", 2]]}
    )
    return (tmp_path / "book.xlsx").read_bytes()


def everything(take: Take, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """The person in all formats and states, among others."""
    old = me(Title=P["older"], Mail=P["second"] + ";" + P["mail"], Changed="2026-04-01")
    again = [
        me(Notes=P["superseded"], Changed="2026-03-01"),
        ANN,
        me(Id="zq-other", Notes=P["rejected"], Changed="soon"),
        ME,
    ]
    lines = [dict(zip(CONTACT, cells, strict=True)) for cells in (BOB, me(Id="e-9", Notes=P["lines"]))]
    deals = [
        [f"d{i}", name, who, "100", "EUR", "open"]
        for i, (name, who) in enumerate([(P["deal"], P["id"]), ("Tea", "ann-1")])
    ]
    touches = [
        ["t1", "call", "2026-05-02", P["id"], "about the moonbase"],
        ["t2", "mail", "2026-05-03", "ann-1", P["subject"]],
        ["t3", "call", "2026-05-04", "ann-1", "tea again"],
    ]
    deal = {"Name": "name", "Who": "contact_source_id", "Amount": "amount", "Currency": "currency", "Status": "status"}
    touch = {"Kind": "kind", "At": "at", "Who": "contact_source_id", "Subject": "subject"}
    return {
        "old": take("crm_1.csv", csv(ANN, BOB, old), "contact", 1, FIELDS),
        "new": take("crm_2.csv", csv(*again), "contact", 2, FIELDS),
        "lines": take("events.jsonl", "\n".join(map(json.dumps, lines)).encode(), "contact", 2, FIELDS),
        "list": take("list.csv.gz", gzip.compress(csv(BOB, me(Id="l-3", Notes=P["list"]))), "contact", 3, FIELDS),
        "fair": take("fair.xlsx", workbook(tmp_path, me(Id="f-4", Notes=P["fair"]), ANN), "contact", 3, FIELDS),
        "deals": take("crm_deals.csv", csv(*deals, header=["Id", *deal]), "opportunity", 4, deal),
        "touches": take("crm_touches.csv", csv(*touches, header=["Id", *touch]), "activity", 4, touch),
    }  # fmt: skip


def judged(workspace: Workspace) -> int:
    """Somebody has said that the person is not Ann, and in the same breath that Ann is not Bob."""
    mine, ann, bob = (f"crm:contact:{name}" for name in (P["id"], "ann-1", "bob-2"))
    said = [Judgement("different", ann, mine), Judgement("different", ann, bob)]
    shown = {mine: P["shown"], ann: "aaaa", bob: "bbbb"}
    return decisions.judge(workspace.database, said, "tester", P["reason"], shown).seq


def painted(workspace: Workspace, canonical_id: str) -> None:
    """A picture of the person, and history tables of the kind that keeps what was published."""
    (job,) = [job for job in enrichment.plan(workspace, 10) if job.canonical_id == canonical_id]
    enrichment.begin(workspace, job.job, "run")
    enrichment.finish(workspace, job.job, "prompt", Artefact("card", P["picture"].encode(), "0" * 64, "image/png"))
    with workspace.database.transaction() as connection:
        for name in ("contact", "account", "account_360", "activity", "crosswalk"):
            connection.execute(text(f"create table probe_{name}_history as select * from {name}"))
        other = {
            "rest": json.dumps({"relations": [{"contact_id": canonical_id, "name": P["first"]}, {"contact_id": "c_x"}]})
        }
        connection.execute(
            text("insert into probe_account_360_history (canonical_id, payload) values ('a_other', :rest)"), other
        )


def texts(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and what they hold where they are packed."""
    data = path.read_bytes()
    yield data
    yield from unpacked(data)


def unpacked(data: bytes) -> Iterator[bytes]:
    if data[:4] == b"PAR1":
        yield str(pl.read_parquet(io.BytesIO(data)).to_dicts()).encode()
    elif data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data)
    elif data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            yield from (packed.read(name) for name in packed.namelist())


def found(roots: list[Path]) -> dict[str, set[str]]:
    """Which canaries stand in which files."""
    sought = {name: (value.encode(), value.encode("utf-16-le")) for name, value in P.items()}
    hits: dict[str, set[str]] = {}
    for path in (path for root in roots for path in root.rglob("*") if path.is_file()):
        for data in texts(path):
            for name, forms in sought.items():
                if any(form in data for form in forms):
                    hits.setdefault(name, set()).add(str(path))
    return hits


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


@pytest.mark.timeout(1800)  # sixteen runs of the whole platform, on a server of its own
@pytest.mark.parametrize("is_killed", [False, True], ids=["at once", "killed at every step"])
def test_nothing_of_an_erased_person_is_left(
    velocity: Velocity, workspace: Workspace, take: Take, tmp_path: Path, server: EmbeddedPostgres,
    monkeypatch: pytest.MonkeyPatch, is_killed: bool,
) -> None:  # fmt: skip
    batches = everything(take, tmp_path)
    assert [batches["new"][n] for n in ("accepted", "rejected", "superseded")] == [2, 1, 1]
    walk = workspace.database.frame("select key, canonical_id from crosswalk")
    ids = dict(walk.iter_rows())
    person = ids[f"crm:contact:{P['id']}"]
    keys = {key for key, name in ids.items() if name == person}
    assert keys == {f"crm:contact:{P['id']}", "events:contact:e-9", "list:contact:l-3", "fair:contact:f-4"}
    decision = judged(workspace)
    assert velocity("resolve")[0] == 0
    painted(workspace, person)
    data = server.status().data
    assert data is not None
    roots = [data, tmp_path / "storage", tmp_path / "home"]
    accounts = dict(workspace.database.frame("select contact_id, account_id from contact_account").iter_rows())
    ann, company = ids["crm:contact:ann-1"], accounts[person]
    told = {ann, accounts[ann]}  # a touch of theirs names the person
    gone = {person, company, *keys, *(key for key, name in ids.items() if name == company)}
    gone |= {"crm:opportunity:d0", "crm:activity:t1", "crm:activity:t2"}
    before, fingerprint = others(workspace, gone, told), velocity("fingerprint")[1]
    assert [row[0] for row in before["activity"]] == ["crm:activity:t3"]
    hits = found(roots)
    assert set(hits) == set(P)  # so that the test can fail
    dagster = workspace.database.frame("select oid::text from pg_database where datname like '%dagster'")["oid"][0]
    logs = (str(tmp_path / "home"), str(data / "base" / dagster))
    assert not [path for paths in hits.values() for path in paths if path.startswith(logs)]

    erase = ("erase", f"contact:{person}", "--reason", "request 17", "--yes", "--by", "tester")
    listed = velocity(*erase[:4])[1]
    assert (listed.get("state"), velocity("fingerprint")[1]) == ("listed", fingerprint), listed
    assert {(row["batch"], row["line"], row["state"]) for row in listed["rows"]} == {
        (batches["old"]["batch"], 4, "accepted"), (batches["new"]["batch"], 5, "accepted"),
        (batches["new"]["batch"], 2, "superseded"), (batches["new"]["batch"], 4, "rejected"),
        (batches["lines"]["batch"], 2, "accepted"), (batches["list"]["batch"], 3, "accepted"),
        (batches["fair"]["batch"], 2, "accepted"), (batches["deals"]["batch"], 2, "accepted"),
        (batches["touches"]["batch"], 2, "accepted"), (batches["touches"]["batch"], 3, "accepted"),
    }  # fmt: skip
    if is_killed:
        killed(monkeypatch, velocity, erase)
    code, done, said = velocity(*erase)
    assert (code, done.get("state"), done.get("refused")) == (0, "erased", []), (done, said)

    assert found(roots) == {}
    assert others(workspace, gone, told) == before
    replayed = velocity("replay", "--verify")
    assert replayed[0] == 0, replayed[1]
    with workspace.database.transaction() as connection:
        assert log.verify(connection).broken_at is None
        (left,) = [one for one in decisions.read(connection) if one.decision.seq == decision]
    assert left.decision.judgements == (("different", "crm:contact:ann-1", "crm:contact:bob-2"),)
    assert (left.reason, left.shown) == ("(erased)", {"crm:contact:ann-1": "aaaa", "crm:contact:bob-2": "bbbb"})
    shown = velocity("show", f"contact:{person}")[1]
    assert (shown["state"], shown["canonical_id"], shown["forwarded_to"]) == ("erased", person, None)
    assert not [value for value in P.values() if value in json.dumps(shown, ensure_ascii=False)]
    rest = workspace.database.frame(
        "select canonical_id, payload::text from probe_account_360_history where canonical_id = 'a_other'"
    )
    assert rest.rows() == [("a_other", '{"relations":[{"contact_id":"c_x"}]}')]
    counts = catalog.get(workspace.database, batches["new"]["batch"]).counts
    assert counts is not None
    assert (counts.received, counts.accepted, counts.rejected, counts.superseded, counts.erased) == (4, 1, 0, 0, 3)
    _evidence_stands(velocity, tmp_path, batches)
    _comes_in_again(velocity, take, workspace, person)


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
    batch = take("shop.csv", csv(cy, new, also), "contact", 9, FIELDS)
    assert [batch[n] for n in ("received", "accepted", "held", "erased")] == [3, 1, 2, 0]
    held = velocity("erase", "held")[1]["held"]
    assert [(row["batch"], row["line"], row["file"]) for row in held] == [
        (batch["batch"], 3, "shop.csv"),
        (batch["batch"], 4, "shop.csv"),
    ]
    assert set(held[0]) == {"batch", "line", "file", "hash", "erasure"}
    assert velocity("replay", "--verify")[0] == 0
    assert velocity("show", f"contact:{person}")[1]["state"] == "erased"
    code, released, _ = velocity("erase", "release", batch["batch"], "3", "--reason", "a new customer")
    assert (code, [row["line"] for row in velocity("erase", "held")[1]["held"]]) == (0, [4]), released
    walk = dict(workspace.database.frame("select key, canonical_id from crosswalk").iter_rows())
    assert walk["shop:contact:Z-1"] != person
    code, again, _ = velocity("erase", f"contact:{person}", "--reason", "request 18", "--yes")
    assert (code, [(row["line"], row["state"]) for row in again["rows"]]) == (0, [(4, "held")])
    counts = catalog.get(workspace.database, batch["batch"]).counts
    assert counts is not None
    assert (counts.received, counts.accepted, counts.held, counts.erased) == (3, 2, 0, 1)
    assert velocity("replay", "--verify")[0] == 0
    assert velocity("evidence", "verify")[0] == 0
