"""People's words, corrections, undo and explanations through the command line, the real matcher and Postgres."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assets.rebuild import rebuild
from resources.workspace import Workspace
from tests.integration.conftest import Begin, Velocity
from velocity_pipelines import deciding, deleted, launching

MAPPING = """source: {source}
entity: contact
key: Id
updated_at: Changed
deleted: {{column: Gone, values: ["yes"]}}
deduplicated: {deduplicated}
columns: {{Name: full_name, Mail: email, City: city, Fax: fax}}
"""
HEADER = "Id,Name,Mail,City,Fax,Changed,Gone"
ANN = "1,Ann Brook,ann@crm.example,Leeds,,,"
BRIDGE = "2,Ann Brook,ann@crm.example;brook@home.example,Leeds,,,"
OTHER = "3,Ann Brook,brook@home.example,York,,,"
NAMES = ("1", "2", "3")

Take = Callable[..., dict[str, Any]]


@pytest.fixture
def imported(velocity: Velocity, tmp_path: Path, begin: Begin) -> Take:
    """Imports rows as a file of a source, received on a day of June 2026; the batch's answer.

    Every test begins with one, and several with the same.
    """
    made = [0]

    def take(
        *rows: str, source: str = "crm", day: int = 1, deduplicated: bool = False, args: tuple[str, ...] = ()
    ) -> Any:
        made[0] += 1
        file, mapping = tmp_path / f"{made[0]}.csv", tmp_path / f"{made[0]}.yaml"
        file.write_text("\n".join([HEADER, *rows]) + "\n")
        mapping.write_text(MAPPING.format(source=source, deduplicated=str(deduplicated).lower()))
        stamp = f"2026-06-{day:02}T12:00:00Z"
        options = ("--mapping", str(mapping), "--received-at", stamp, *args)

        def run() -> Any:
            return velocity("import", str(file), *options)

        beginning = ("decisions", rows, source, day, deduplicated, args)
        code, answer, said = begin(beginning, run) if made[0] == 1 else run()
        assert code == 0, said
        return {**answer["batches"][0], "answer": answer}

    return take


@pytest.fixture
def ids(workspace: Workspace) -> Callable[[], dict[str, str]]:
    """Which id each record has, by `id` of its source."""

    def read() -> dict[str, str]:
        walk = workspace.database.frame("select source_id, canonical_id from crosswalk where entity = 'contact'")
        return dict(walk.iter_rows())

    return read


def key(number: str) -> str:
    return f"crm:contact:{number}"


def test_a_bridging_record_added_and_then_deleted(imported: Take, ids: Callable[[], dict[str, str]]) -> None:
    imported(ANN, OTHER)
    before = ids()
    assert before["1"] != before["3"]
    imported(BRIDGE, day=2)
    assert len(set(ids().values())) == 1
    imported("2,,,,,,yes", day=3)
    assert ids() == before


def test_a_record_corrected_by_a_newer_version_leaves_its_cluster(
    imported: Take, ids: Callable[[], dict[str, str]]
) -> None:
    imported(ANN, "2,Ann Brook,ann@crm.example,Leeds,,,")
    first = ids()
    assert first["1"] == first["2"]
    imported("2,Bob Hill,bob@crm.example,Leeds,,,", day=2)
    now = ids()
    assert now["1"] == first["1"] != now["2"]
    imported("2,Ann Brook,ann@crm.example,Leeds,,2026-05-01,", day=3)  # older, by its own time
    assert ids() == now


def test_a_split_stays_whatever_runs_after_it(
    velocity: Velocity, imported: Take, ids: Callable[[], dict[str, str]]
) -> None:
    imported(ANN, "2,Ann Brook,ann@crm.example,Leeds,,,")
    code, made, _ = velocity("split", f"contact:{ids()['1']}", key("2"), "--reason", "two people", "--by", "tester")
    assert (code, made["state"], made["judgements"]) == (0, "holds", [["different", key("2"), key("1")]])
    apart = ids()
    assert apart["1"] != apart["2"]
    imported("9,Cy Marsh,cy@crm.example,York,,,", day=2)
    assert {name: ids()[name] for name in ("1", "2")} == apart
    assert velocity("resolve")[0] == 0
    assert {name: ids()[name] for name in ("1", "2")} == apart
    assert velocity("replay", "--verify")[0] == 0


def test_different_holds_on_a_pair_that_another_path_joins(
    velocity: Velocity, imported: Take, ids: Callable[[], dict[str, str]]
) -> None:
    imported(ANN, BRIDGE, OTHER)
    assert len(set(ids().values())) == 1
    before = velocity("explain", "pair", key("1"), key("3"))[1]
    assert (before["why"], before["path"]) == ("through_others", [key("1"), key("2"), key("3")])
    task = deciding.task_name(key("1"), key("3"))
    assert velocity("review", "decide", task, "different", "--reason", "two people")[0] == 0
    assert ids()["1"] != ids()["3"]
    assert velocity("explain", "pair", key("1"), key("3"))[1]["why"] == "different"
    assert velocity("explain", ids()["1"])[1]["kept_out"] or velocity("explain", ids()["3"])[1]["kept_out"]


def test_a_decision_stays_on_its_pair_when_the_input_comes_in_another_order(
    velocity: Velocity, imported: Take, ids: Callable[[], dict[str, str]]
) -> None:
    imported(ANN, "2,Ann Brook,ann@crm.example,Leeds,,,", "4,Ann Brook,ann@crm.example,Leeds,,,")
    velocity("split", key("1"), key("2"))
    assert ids()["1"] == ids()["4"] != ids()["2"]
    imported("4,Ann Brook,ann@crm.example,Leeds,,,", "2,Ann Brook,ann@crm.example,Leeds,,,", ANN, day=2)
    assert ids()["1"] == ids()["4"] != ids()["2"]


def test_the_same_bytes_under_another_name_change_nothing(
    velocity: Velocity, imported: Take, ids: Callable[[], dict[str, str]]
) -> None:
    imported(ANN, BRIDGE)
    before = velocity("fingerprint")[1]
    again = imported(ANN, BRIDGE, day=2)
    assert again["status"] == "duplicate"
    assert velocity("fingerprint")[1] == before


def test_a_column_that_is_empty_throughout_does_no_harm(imported: Take, ids: Callable[[], dict[str, str]]) -> None:
    imported("1,,ann@crm.example,,,,", "2,,ann@crm.example,,,,")
    imported("3,Ann Brook,,,,,", day=2)
    assert set(ids()) == {"1", "2", "3"}


def test_undo_gives_what_was_before_and_the_same_file_brings_it_back(
    velocity: Velocity, imported: Take, workspace: Workspace
) -> None:
    imported(ANN, OTHER)
    before = velocity("fingerprint")[1]
    second = imported(BRIDGE, "1,Ann Brooke,anne@crm.example,Hull,,,", day=2)
    with_it = velocity("fingerprint")[1]
    dry = velocity("undo", second["batch"], "--dry-run")[1]
    assert velocity("fingerprint")[1] == with_it
    code, done, _ = velocity("undo", second["batch"], "--reason", "wrong file")
    assert (code, done["entities"], done["version"]) == (0, dry["entities"], 3)
    after = velocity("fingerprint")[1]
    assert (after["content"], after["partition"]) == (before["content"], before["partition"])
    assert velocity("undo", second["batch"])[1]["error"]["code"] == "already_undone"
    assert velocity("replay", "--verify")[0] == 0
    again = imported(BRIDGE, "1,Ann Brooke,anne@crm.example,Hull,,,", day=2)
    assert again["status"] == "reinstated"
    back = velocity("fingerprint")[1]
    assert (back["content"], back["partition"]) == (with_it["content"], with_it["partition"])
    assert velocity("replay", "--verify")[0] == 0


def test_words_that_clash_sleep_and_are_taken_back(
    velocity: Velocity, imported: Take, ids: Callable[[], dict[str, str]]
) -> None:
    imported(ANN, "5,Bob Hill,bob@crm.example,York,,,", "6,Cy Marsh,cy@crm.example,Hull,,,")
    assert velocity("merge", key("1"), key("5"), "--no-resolve")[1]["state"] == "holds"
    assert velocity("merge", key("5"), key("6"))[1]["state"] == "holds"
    assert len(set(ids().values())) == 1
    made = velocity("split", key("1"), key("6"), "--no-resolve")[1]
    assert made["state"] == "conflict"
    first, second, third = (d["decision"] for d in velocity("decisions", "list")[1]["decisions"])
    assert made["clashes"] == [second]  # it says that 6 is neither 1 nor 5
    assert [t["kind"] for t in velocity("review", "list")[1]["tasks"]] == ["conflict"]
    velocity("decisions", "retract", str(second))
    assert velocity("decisions", "list")[1]["decisions"][1]["state"] == "holds"
    assert ids()["1"] == ids()["5"] != ids()["6"]
    imported("5,,,,,,yes", day=2)
    states = {d["decision"]: d["state"] for d in velocity("decisions", "list")[1]["decisions"]}
    assert states[first] == "asleep"
    assert third in states
    imported("5,Bob Hill,bob@crm.example,York,,,", day=3)
    assert ids()["1"] == ids()["5"]
    assert velocity("replay", "--verify")[0] == 0


def test_a_word_whose_evidence_changed_holds_and_wants_a_new_look(
    velocity: Velocity, imported: Take, ids: Callable[[], dict[str, str]]
) -> None:
    imported(ANN, "5,Bob Hill,bob@crm.example,York,,,")
    velocity("merge", key("1"), key("5"))
    assert velocity("decisions", "list")[1]["decisions"][0]["stale"] is False
    imported("5,Bob Hill,bob@crm.example,York,77,,", day=2)  # a fax number identifies nobody
    imported("5,Bob Marsh,bob@crm.example,York,,,", day=3)
    found = velocity("decisions", "list")[1]["decisions"][0]
    assert (found["state"], found["stale"]) == ("holds", True)
    assert ids()["1"] == ids()["5"]
    (task,) = velocity("review", "list")[1]["tasks"]
    assert (task["kind"], task["task"]) == ("stale", f"d{found['decision']}")


def test_a_doubtful_pair_is_decided(velocity: Velocity, imported: Take, ids: Callable[[], dict[str, str]]) -> None:
    imported("1,Ann Brook,,Leeds,,,", "2,Ann Brook,,Leeds,,,")
    assert ids()["1"] != ids()["2"]
    (task,) = velocity("review", "list")[1]["tasks"]
    assert (task["kind"], task["left"], task["right"]) == ("pair", key("1"), key("2"))
    found = velocity("review", "show", task["task"])[1]
    assert (found["together"], found["why"], found["answer"]) == (False, "lacking", "review")
    assert sum(level["bits"] for level in found["levels"]) + found["prior"] == found["bits"] == task["bits"]
    assert any(block["proposes"] for block in found["blocks"])
    assert velocity("review", "decide", task["task"], "unsure", "--reason", "no idea")[1]["state"] == "holds"
    assert ids()["1"] != ids()["2"]
    assert velocity("review", "decide", task["task"], "same", "--reason", "I know her")[1]["state"] == "holds"
    assert ids()["1"] == ids()["2"]
    assert velocity("review", "list")[1]["tasks"] == []


def test_a_source_that_holds_nobody_twice(imported: Take, ids: Callable[[], dict[str, str]]) -> None:
    imported(ANN, "2,Ann Brook,ann@crm.example,Leeds,,,", deduplicated=True)
    assert ids()["1"] != ids()["2"]
    imported("9,Cy Marsh,cy@crm.example,York,,,", day=2, deduplicated=False)
    assert ids()["1"] == ids()["2"]


def test_a_snapshot_deletes_what_it_lacks_and_the_id_says_so(
    velocity: Velocity, imported: Take, ids: Callable[[], dict[str, str]], workspace: Workspace
) -> None:
    imported(ANN, "2,Bob Hill,bob@crm.example,York,,,", "4,Di Fell,di@crm.example,York,,,")
    before = ids()
    batch = imported("2,Bob Hill,bob@crm.example,York,,,", "3,Cy Marsh,not-a-mail,,,,", day=2, args=("--snapshot",))
    assert set(ids()) == {"2"}
    lacked = {"source": "crm", "batch": batch["batch"], "line": None, "since": "2026-06-02 12:00:00+00:00"}
    shown = velocity("show", before["1"])[1]
    assert shown["deleted"] == [{"key": key("1"), "how": "snapshot", "file": "2.csv", **lacked}]
    imported("4,Di Fell,di@crm.example,York,,2026-06-03,yes", day=4)
    (marked,) = velocity("show", before["4"])[1]["deleted"]
    assert (marked["how"], marked["line"], marked["since"]) == ("mark", 2, "2026-06-03 00:00:00+00:00")
    assert f"deleted          {key('4')} by crm" in deleted.words([marked])[0]
    imported(ANN, day=5)
    assert ids()["1"] == before["1"]
    assert workspace.database.frame("select source_id from deleted_record")["source_id"].to_list() == ["4"]
    assert rebuild(workspace, lambda _line: None).differences == []
    assert velocity("undo", batch["batch"], "--reason", "half a file")[0] == 0
    assert workspace.database.frame("select source_id from deleted_record")["source_id"].to_list() == ["4"]
    assert rebuild(workspace, lambda _line: None).differences == []


def test_every_id_ever_issued_is_shown_and_every_change_told(
    velocity: Velocity, imported: Take, ids: Callable[[], dict[str, str]], workspace: Workspace
) -> None:
    imported(ANN, OTHER)
    one, three = ids()["1"], ids()["3"]
    imported(BRIDGE, day=2)
    now = ids()["1"]
    lost = three if now == one else one
    shown = velocity("show", f"contact:{lost}")[1]
    assert (shown["canonical_id"], shown["forwarded_to"]) == (now, now)
    feed = workspace.database.frame("select version, event, id, \"to\" from id_event where entity = 'contact'")
    assert sorted(feed.filter(version=1)["event"]) == ["mint", "mint"]
    assert sorted(feed.filter(version=2).select("event", "id", "to").rows()) == [
        ("keep", now, None),
        ("merge", lost, now),
    ]
    imported("1,,,,,,yes", "2,,,,,,yes", "3,,,,,,yes", day=3)
    assert velocity("show", now)[1]["state"] == "gone"


def test_an_entity_says_how_it_was_built(velocity: Velocity, imported: Take, ids: Callable[[], dict[str, str]]) -> None:
    imported(ANN, BRIDGE, OTHER)
    built = velocity("explain", f"contact:{ids()['1']}")[1]
    assert [r["key"] for r in built["records"]] == [key(name) for name in NAMES]
    assert [(s["by"], s["records"]) for s in built["steps"]] == [("edge", 2), ("edge", 3)]
    assert built["steps"][0]["bits"] >= built["steps"][1]["bits"]
    assert built["kept_out"] == []


def test_an_import_that_was_refused_by_its_expectation_is_not_published_later(
    velocity: Velocity,
    imported: Take,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ids: Callable[[], dict[str, str]],
) -> None:
    imported(ANN)
    file, mapping = tmp_path / "late.csv", tmp_path / "late.yaml"
    file.write_text(f"{HEADER}\n5,Bob Hill,bob@crm.example,York,,,\n")
    mapping.write_text(MAPPING.format(source="crm", deduplicated="false"))
    arguments = ("import", str(file), "--mapping", str(mapping), "--received-at", "2026-06-05T12:00:00Z")
    effect = velocity(*arguments, "--dry-run")[1]["effect"]
    run_import = launching.run_import

    with monkeypatch.context() as patched:

        def late(*given: Any, **named: Any) -> Any:
            patched.setattr(launching, "run_import", run_import)
            imported("9,Cy Marsh,cy@crm.example,York,,,", day=2)  # another version is published in between
            return run_import(*given, **named)

        patched.setattr(launching, "run_import", late)
        assert velocity(*arguments, "--expect", effect)[0] == 1
    velocity("resolve")
    assert set(ids()) == {"1", "9"}
    assert velocity(*arguments)[1]["batches"][0]["status"] == "reinstated"
    assert set(ids()) == {"1", "5", "9"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("merge", "contact:c_000000000000", "crm:1"), "unknown_id"),
        (("merge", "crm:1", "crm:77"), "unknown_record"),
        (("merge", "crm:1", "crm:contact:1"), "same_already"),
        (("split", "crm:1", "crm:1"), "nothing_left"),
        (("split", "crm:1", "crm:5"), "not_in_cluster"),
        (("decisions", "retract", "1"), "unknown_decision"),
        (("review", "decide", "t_00", "same", "--reason", "x"), "unknown_task"),
        (("explain", "pair", "crm:1", "crm:1"), "one_record"),
        (("explain", "pair", "crm:1"), "usage"),
        (("undo", "crm-contact-0"), "unknown_batch"),
    ],
)
def test_what_cannot_be_decided_is_one_clear_line(
    velocity: Velocity, imported: Take, arguments: tuple[str, ...], code: str
) -> None:
    imported(ANN, "5,Bob Hill,bob@crm.example,York,,,")
    exit_code, answer, said = velocity(*arguments)
    assert (exit_code, answer["error"]["code"]) == (2, code)
    assert said.count("\n") == 1


def test_nobody_decides_under_another_name_outside_of_local(
    velocity: Velocity, imported: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(ANN)
    monkeypatch.setenv("VELOCITY_ENV", "staging")
    assert velocity("merge", "crm:1", "crm:2", "--by", "somebody")[1]["error"]["code"] == "not_allowed"
