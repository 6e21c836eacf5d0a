"""Why a golden value is what it is, contracts in the log, and values that people set: through the command line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from identity import contracts
from resources.workspace import Workspace
from tests.integration.conftest import Begin, Shown, Velocity, rows_of

MAPPING = """source: {source}
entity: contact
key: Id
updated_at: Changed
columns: {{Name: full_name, Mail: email, Tel: phone, Land: country, City: city, Bill: billing_city, Firm: company_name}}
"""
HEADER = "Id,Name,Mail,Tel,Land,City,Bill,Firm,Changed"
CRM = "1,Ann Brook,ann@a.example,020 7946 0018,UK,Leeds,York,Acme Ltd,2026-05-01"
SHOP = "7,Ann  Brook,ANN@a.example;ab@a.example,,,Hull,,,2026-05-02"

Take = Callable[..., dict[str, Any]]


@pytest.fixture
def taken(velocity: Velocity, tmp_path: Path) -> Take:
    """Imports rows as a file of a source; the batch's answer."""
    made = [0]

    def take(*rows: str, source: str = "crm") -> Any:
        made[0] += 1
        file, mapping = tmp_path / f"{made[0]}.csv", tmp_path / f"{made[0]}.yaml"
        file.write_text("\n".join([HEADER, *rows]) + "\n")
        mapping.write_text(MAPPING.format(source=source))
        stamp = f"2026-06-{made[0]:02}T12:00:00Z"
        code, answer, said = velocity("import", str(file), "--mapping", str(mapping), "--received-at", stamp)
        assert code == 0, said
        return {**answer["batches"][0], "bytes": file.read_bytes()}

    return take


@pytest.fixture
def crm(taken: Take, begin: Begin) -> dict[str, Any]:
    """A workspace that shows Ann as the one source says; the answer of the import."""
    return begin("Ann of the crm", lambda: taken(CRM))


@pytest.fixture
def both(taken: Take, begin: Begin) -> list[dict[str, Any]]:
    """A workspace that shows Ann as two sources say, a run each; the answers of the imports."""
    return begin("Ann of the crm and of the shop", lambda: [taken(CRM), taken(SHOP, source="shop")])


def proposed(velocity: Velocity, tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> tuple[int, Any, str]:
    said = yaml.safe_load(contracts.shipped("survivorship"))
    change(said)
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(said))
    return velocity("contract", "propose", "survivorship", str(file), "--reason", "we trust the shop", "--by", "ann")


def of_one(workspace: Workspace, column: str) -> Any:
    return workspace.database.frame(f"select {column} as x from contact")["x"].to_list()[0]


def test_a_cell_says_its_rule_its_candidates_and_where_each_stands(
    velocity: Velocity, both: list[dict[str, Any]]
) -> None:
    crm, shop = both
    code, told, _ = velocity("explain", "crm:1", "--field", "city")
    assert (code, told["value"], told["rule"]["criteria"]) == (0, "Hull", ["completeness", "recency"])
    assert told["contract"] == {"name": "survivorship", "version": contracts.version(contracts.shipped("survivorship"))}
    won, lost = told["candidates"]
    assert (won["won"], won["key"], won["lost_by"]) == (True, "shop:contact:7", None)
    assert (lost["won"], lost["value"], lost["lost_by"]) == (False, "Leeds", "recency")
    assert (won["batch"], won["line"], won["file"]) == (shop["batch"], 2, "2.csv")
    assert (won["sha256"], won["cells"]) == (hashlib.sha256(shop["bytes"]).hexdigest(), {"City": "Hull"})
    assert (lost["sha256"], lost["cells"]) == (hashlib.sha256(crm["bytes"]).hexdigest(), {"City": "Leeds"})
    assert won["verified"] is lost["verified"] is told["verified"] is True
    country = velocity("explain", "crm:1", "--field", "country")[1]
    assert (country["value"], [c["value"] for c in country["candidates"]]) == (None, [None, "GB"])
    assert country["verified"] is True


@pytest.mark.usefixtures("both")
def test_further_values_and_columns_of_the_360_are_explained(velocity: Velocity, workspace: Workspace) -> None:
    first = velocity("explain", "crm:1", "--field", "primary_email")[1]
    assert (first["field"], first["value"]) == ("email", "ann@a.example")
    assert first["candidates"][0]["held_by"] == ["crm:contact:1", "shop:contact:7"]
    assert first["candidates"][0]["cells"] == {"Mail": "ANN@a.example;ab@a.example"}
    second = velocity("explain", "crm:1", "--field", "email[2]")[1]
    assert (second["value"], second["candidates"][0]["won_by"]) == ("ab@a.example", "frequency")
    phone = velocity("explain", "crm:1", "--field", "phone")[1]
    assert (phone["value"], phone["candidates"][0]["cells"], phone["verified"]) == (
        ["+442079460018"], {"Tel": "020 7946 0018"}, True,
    )  # fmt: skip
    name = velocity("explain", "crm:1", "--field", "display_name")[1]
    assert (name["field"], name["value"], name["verified"]) == ("full_name", "Ann Brook", True)
    firm = velocity("explain", "crm:1", "--field", "account_name")[1]
    assert (firm["value"], firm["verified"], firm["count"]) == ("Acme Ltd", True, 1)
    through = firm["through"]["candidates"][0]
    assert (through["cells"], through["line"], through["verified"]) == ({"Firm": "Acme Ltd"}, 2, True)
    sources = velocity("explain", "crm:1", "--field", "sources")[1]
    assert (sources["value"], sources["verified"], sources["count"]) == (["crm", "shop"], True, 2)
    every_column_is_explained(velocity, workspace, "contact", "crm:1")


def every_column_is_explained(velocity: Velocity, workspace: Workspace, entity: str, name: str) -> None:
    columns = workspace.database.frame(f"select * from {entity}_360 limit 1").columns
    for column in set(columns) - {"canonical_id", "version", "payload"}:
        assert velocity("explain", name, "--field", column)[1].get("verified") is True, column


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("explain", "crm:1", "--field", "shoe_size"), "unknown_field", "display_name, first_name"),
        (("explain", "crm:1", "--field", "account_source_id"), "unknown_field", "open_count"),
        (("explain", "crm:1", "--field", "email[3]"), "no_value", "it has 1 values"),
        (("explain", "crm:9", "--field", "email"), "unknown_record", ""),
        (("explain", "batch:crm-contact-0"), "unknown_batch", ""),
        (("override", "crm:1", "shoe_size", "42", "--reason", "x"), "unknown_field", "first_name"),
        (("override", "crm:1", "email", "ann-at-home", "--reason", "x"), "bad_value", ""),
        (("override", "crm:1", "email", "a@a.example; b@a.example", "--reason", "x"), "bad_value", ""),
        (("override", "crm:1", "date_of_birth", "someday", "--reason", "x"), "bad_value", ""),
        (("override", "crm:1", "title", " n/a ", "--reason", "x"), "bad_value", ""),
        (("override", "crm:1", "title", "x" * 501, "--reason", "x"), "bad_value", ""),
        (("contract", "approve", "0000", "--reason", "x"), "unknown_contract", ""),
        (("contract", "propose", "beauty", "x.yaml", "--reason", "x"), "unreadable_file", ""),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("crm")
def test_what_cannot_be_explained_or_set_is_one_clear_line(
    velocity: Velocity, workspace: Workspace, arguments: tuple[str, ...], code: str, words: str
) -> None:
    before = rows_of(workspace, "log")
    exit_code, answer, said = velocity(*arguments)
    assert (exit_code, answer["error"]["code"]) == (2, code)
    assert words in answer["error"]["hint"]
    assert said.count("\n") == 1
    assert rows_of(workspace, "log") == before


@pytest.mark.usefixtures("both")
def test_a_value_that_a_person_sets_wins_follows_its_record_and_is_taken_back(
    velocity: Velocity, workspace: Workspace
) -> None:
    code, made, _ = velocity("override", "shop:7", "city", "  Bath ", "--reason", "she told us", "--by", "kim")
    assert (code, made["state"], made["override"]["key"]) == (0, "holds", "crm:contact:1")
    assert of_one(workspace, "city") == "Bath"
    told = velocity("explain", "crm:1", "--field", "city")[1]
    assert told["decision"] | {"at": ""} == {
        "decision": made["decision"], "actor": "kim", "at": "", "reason": "she told us", "state": "holds",
    }  # fmt: skip
    assert [c["lost_by"] for c in told["candidates"]] == [None, "override", "override"]
    later = velocity("override", "crm:1", "city", "Ely", "--reason", "moved", "--by", "kim")[1]
    states = {d["decision"]: (d["state"], d["clashes"]) for d in velocity("decisions", "list")[1]["decisions"]}
    assert states == {made["decision"]: ("overruled", [later["decision"]]), later["decision"]: ("holds", [])}
    assert of_one(workspace, "city") == "Ely"
    assert velocity("override", "crm:1", "phone", "020 7946 0777", "--reason", "x")[0] == 0
    assert of_one(workspace, "phone") == ["+442079460777", "+442079460018"]
    assert velocity("replay", "--verify")[0] == 0
    assert velocity("split", "crm:1", "shop:7")[0] == 0
    cities = workspace.database.frame("select city from contact order by city")["city"].to_list()
    assert cities == ["Ely", "Hull"]
    velocity("decisions", "retract", str(later["decision"]))
    assert sorted(workspace.database.frame("select city from contact")["city"]) == ["Bath", "Hull"]
    assert velocity("decisions", "retract", str(later["decision"]))[1]["error"]["code"] == "unknown_decision"
    assert velocity("replay", "--verify")[0] == 0


@pytest.mark.usefixtures("crm")
def test_a_value_that_is_published_though_taken_back_is_explained(velocity: Velocity) -> None:
    made = velocity("override", "crm:1", "city", "Bath", "--reason", "she told us", "--by", "kim")[1]["decision"]
    assert velocity("decisions", "retract", str(made), "--no-resolve")[0] == 0
    code, told, _ = velocity("explain", "crm:1", "--field", "city")
    assert (code, told["value"], told["verified"]) == (0, "Bath", True)
    said = {name: told["decision"][name] for name in ("decision", "actor", "reason", "state")}
    assert said == {"decision": made, "actor": "kim", "reason": "she told us", "state": "retracted"}
    velocity("resolve")
    assert velocity("explain", "crm:1", "--field", "city")[1]["value"] == "Leeds"


@pytest.mark.usefixtures("both")
def test_a_contract_is_proposed_approved_activated_and_the_shipped_one_again(
    velocity: Velocity, workspace: Workspace, tmp_path: Path
) -> None:

    def trust_and_roles(said: dict[str, Any]) -> None:
        said["trust"] = {"shop": 1}
        said["contact"]["units"]["address"].update(roles=["billing", "main"])
        said["contact"]["fields"]["email"] = ["trust", "recency"]

    before = velocity("fingerprint")[1]
    code, made, _ = proposed(velocity, tmp_path, trust_and_roles)
    assert (code, made["actor"], made["approved_by"], made["active"]) == (0, "ann", None, False)
    version = made["version"]
    assert proposed(velocity, tmp_path, trust_and_roles)[1]["error"]["code"] == "already_known"
    assert velocity("contract", "activate", version)[1]["error"]["code"] == "not_approved"
    assert velocity("contract", "approve", version[:6], "--by", "bob")[1]["approved_by"] == "bob"
    assert velocity("contract", "approve", version)[1]["error"]["code"] == "already_approved"
    assert velocity("contract", "activate", version)[1]["active"] is True
    assert velocity("contract", "activate", version)[1]["error"]["code"] == "already_active"
    assert velocity("fingerprint")[1] == before
    velocity("resolve")
    assert of_one(workspace, "city") == "York"
    told = velocity("explain", "crm:1", "--field", "city")[1]
    assert (told["contract"]["version"], told["candidates"][0]["role"]) == (version, "billing")
    assert (told["candidates"][0]["cells"], told["verified"]) == ({"Bill": "York"}, True)
    assert [c["lost_by"] for c in told["candidates"]] == [None, "role", "role"]
    assert velocity("replay", "--verify")[0] == 0
    shipped = contracts.version(contracts.shipped("survivorship"))
    known = [c for c in velocity("contract", "list")[1]["contracts"] if c["name"] == "survivorship"]
    states = [(c["version"], c["shipped"], c["active"]) for c in known]
    assert states == [(shipped, True, False), (version, False, True)]
    said = velocity("contract", "show", version[:8])[1]
    assert (said["says"]["trust"], yaml.safe_load(said["yaml"])) == ({"shop": 1}, said["says"])
    assert contracts.canonical(velocity("contract", "show", shipped)[1]["says"]) == contracts.shipped("survivorship")
    assert velocity("contract", "activate", shipped)[1]["active"] is True
    velocity("resolve")
    after = velocity("fingerprint")[1]
    assert (after["content"], after["ids"]) == (before["content"], before["ids"])
    assert velocity("replay", "--verify")[0] == 0


def test_a_contract_that_cannot_be_used_never_enters_the_log(
    velocity: Velocity, workspace: Workspace, tmp_path: Path
) -> None:
    exit_code, answer, said = proposed(velocity, tmp_path, lambda c: c["contact"]["fields"].update(shoe=["recency"]))
    assert (exit_code, answer["error"]["code"]) == (2, "bad_contract")
    assert "`shoe` is no golden field of contact" in said
    assert said.count("\n") == 1
    file = tmp_path / "odd.yaml"
    for text in ("a: [", "2026-01-01", "- 1", "trust: {crm: 2026-01-01}"):
        file.write_text(text)
        assert velocity("contract", "propose", "survivorship", str(file), "--reason", "x")[1]["error"]["code"] == (
            "bad_contract"
        )
    assert velocity("contract", "propose", "beauty", str(file), "--reason", "x")[1]["error"]["code"] == (
        "unknown_contract"
    )
    assert rows_of(workspace, "log") == 0


def test_outside_of_local_somebody_else_approves(
    velocity: Velocity, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = proposed(velocity, tmp_path, lambda c: c.update(trust={"shop": 1}))[1]
    mine = proposed(velocity, tmp_path, lambda c: c.update(trust={"shop": 2}))
    assert mine[0] == 0
    monkeypatch.setenv("VELOCITY_ENV", "staging")
    file = tmp_path / "rules.yaml"
    file.write_text(file.read_text().replace("shop: 2", "shop: 3"))
    own = velocity("contract", "propose", "survivorship", str(file), "--reason", "x")[1]
    assert velocity("contract", "approve", own["version"])[1]["error"]["code"] == "own_proposal"
    assert velocity("contract", "approve", made["version"])[1]["approved_by"] not in (None, "ann")


def test_what_rests_on_a_file_and_what_would_be_without_it(
    velocity: Velocity, taken: Take, workspace: Workspace
) -> None:
    crm, shop = taken(CRM), taken(SHOP, "8,Cy Marsh,cy@b.example,,,Ely,,,2026-05-02", source="shop")
    one = velocity("explain", f"batch:{shop['batch']}", "--line", "2")[1]
    assert (one["records"], one["ids"]["left_empty"]) == (
        {"count": 1, "first": [{"key": "shop:contact:7", "line": 2}]},
        0,
    )
    cells = {cell["field"]: (cell["value"], cell["without"], cell["changed"]) for cell in one["cells"]["first"]}
    assert cells == {
        "full_name": ("Ann Brook", "Ann Brook", False),
        "email": (["ann@a.example", "ab@a.example"], ["ann@a.example"], True),
        "city": ("Hull", "Leeds", True),
        "country": (None, "GB", True),
        "updated_at": ("2026-05-02T00:00:00.000000Z", "2026-05-01T00:00:00.000000Z", True),
    }
    whole = velocity("explain", f"batch:{shop['batch']}")[1]
    assert (whole["records"]["count"], whole["ids"]["count"], whole["ids"]["left_empty"]) == (2, 2, 1)
    assert f"velocity undo {shop['batch']} --dry-run" in whole["note"]
    firm = velocity("explain", f"batch:{crm['batch']}")[1]
    assert (firm["records"]["count"], firm["ids"]["count"]) == (2, 2)  # the contact, and the account that it names
    assert velocity("explain", f"batch:{crm['batch']}", "--line", "9")[1]["error"]["code"] == "unknown_line"
    velocity("undo", shop["batch"])
    assert of_one(workspace, "city") == "Leeds"


def test_random_golden_cells_follow_from_their_bytes(shown: Shown, workspace: Workspace, velocity: Velocity) -> None:
    from velocity_pipelines.sampling import random_cells

    shown()
    found = random_cells(workspace, 600, seed=3)
    assert found.height == 600
    assert set(found["entity"]) == {"contact", "account"}
    assert found.filter(~pl.col("verified")).is_empty()
    busiest = "select canonical_id as x from {}_360 order by open_value desc, activity_count desc, 1 limit 1"
    for entity in ("contact", "account"):
        one = workspace.database.frame(busiest.format(entity))["x"][0]
        every_column_is_explained(velocity, workspace, entity, one)
    score = velocity("explain", one, "--field", "fit_score")[1]
    assert sum(signal["points"] for signal in score["signals"]) == score["value"]
    assert {key for signal in score["signals"] for key in signal["evidence"]} == {r["key"] for r in score["records"]}
    for column in ("open_count", "activity_count", "last_activity_at", "contact_count", "open_value", "fit_score"):
        table = "account_360" if column == "contact_count" else "contact_360"
        busy = workspace.database.frame(
            f"select canonical_id as x from {table} order by {column} desc nulls last, 1 limit 1"
        )
        told = velocity("explain", busy["x"][0], "--field", column)[1]
        assert told["verified"] is True
        assert told["count"] == len(told["records"]) >= 1
        assert all(record["line"] >= 2 and record["file"] for record in told["records"])
