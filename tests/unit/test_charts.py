"""Charts: their numbers, and that what stands in a value is never run or told to others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from assets import pictures
from identity import charts
from identity.epoch import shipped
from identity.errors import BadInputError
from identity.explanation import Level
from resources.charts import as_markdown, write_html

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
HOSTILE = "</script><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
LEVELS = [Level("name", "same", 7000), Level("phone", "null", 0), Level("email", "different", -1800)]
EDGES = pl.DataFrame(
    {
        "left": ["a", "a", "b", "a"],
        "right": ["b", "c", "c", "d"],
        "bits": [9000, -1000, 5000, -3500],
        "answer": ["join", "review", "join", "apart"],
        "cut": [None, None, "household", None],
        "judged": [None, None, None, "different"],
    }
)


def test_a_waterfall_adds_up() -> None:
    spec = charts.waterfall("a and b", -4000, LEVELS, {"join": 0}, {"name": "Ann / Ann"})
    bars = spec["data"]["values"]
    assert [(bar["step"], bar["from"], bar["to"]) for bar in bars] == [
        ("begin", 0, -4.0), ("name", -4.0, 3.0), ("email", 3.0, 1.2), ("sum", 0, 1.2),
    ]  # fmt: skip
    assert [bar["kind"] for bar in bars] == ["against", "for", "against", "sum"]
    assert bars[1]["said"] == "Ann / Ann"


def test_a_graph_tells_what_became_of_each_pair() -> None:
    spec = charts.cluster("c", ["a", "b", "c", "d"], EDGES, ["r1", "r2", "r3", "r4"])
    lines = spec["layer"][0]["data"]["values"]
    assert [(line["pair"], line["bits"], line["state"]) for line in lines] == [
        ("r1 - r2", "+9.0", "joined"), ("r1 - r3", "-1.0", "review"),
        ("r1 - r4", "-3.5", "decided"), ("r2 - r3", "+5.0", "cut"),
    ]  # fmt: skip


def test_bars_of_an_epoch_say_what_was_learned() -> None:
    level = {"comparison": "name", "level": "same", "bits": 6500, "learned": False}
    (row,) = charts.weights("e", [level])["data"]["values"]
    assert (row["bits"], row["from"]) == (6.5, "assumed")


@pytest.mark.parametrize(
    "spec",
    [
        charts.waterfall("t", -4000, LEVELS, {"join": 0}),
        charts.cluster("t", ["a", "b", "c", "d"], EDGES),
        charts.histogram("t", {"-4": 3, "2": 5}, {"join": 0}),
        charts.sizes("t", {1: 900, 2: 30}),
        charts.weights("t", [{"comparison": "name", "level": "same", "bits": 1, "learned": True}]),
    ],
)
def test_every_chart_can_be_drawn_small(spec: charts.Spec) -> None:
    assert json.loads(json.dumps(spec)) == spec
    assert 2000 < len(as_markdown(spec)) < 60_000


def test_what_cannot_be_written_is_said_and_nothing_stays(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be written"):
        write_html(charts.sizes("t", {1: 2}), tmp_path / "none" / "chart.html")
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadInputError, match="cannot be written"):
        write_html(charts.sizes("t", {1: 2}), tmp_path / "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
def test_a_chart_needs_no_network_and_runs_nothing_of_its_values(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    file = tmp_path / "chart.html"
    levels = [Level("name", HOSTILE, 7000)]
    write_html(charts.waterfall(f"{HOSTILE} and b", -4000, levels, {"join": 0}, {"name": HOSTILE}), file)
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_selector("#chart svg, #chart canvas")
        assert page.title() == f"{HOSTILE} and b"
        browser.close()
    assert asked == [file.as_uri()]


def test_what_others_see_holds_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def told(spec: charts.Spec) -> str:
        drawn.append(json.dumps(spec))
        return "![chart]"

    monkeypatch.setattr("resources.charts.as_markdown", told)
    epoch = shipped("account")
    keys = [f"crm:account:canary-{n}" for n in range(3)]
    edges = pl.DataFrame(
        [(keys[0], keys[1], 9000, "join", None, None), (keys[0], keys[2], -100, "review", None, None)],
        schema=["left", "right", "bits", "answer", "cut", "judged"],
        orient="row",
    ).with_columns(pl.lit(0).alias(f"bits_{c.name}") for c in epoch.model.comparisons)
    clusters = pl.DataFrame({"key": keys, "cluster": [keys[0], keys[0], keys[2]]})
    frames = {"account_clusters": clusters, "account_live_edges": edges}
    facts = pictures.of_clusters(frames, "account") | pictures.of_edges(frames, "account", epoch)
    assert (facts["clusters"].value, facts["largest"].value, facts["pairs_review"].value) == (2, 2, 1)
    assert len(drawn) == 5
    assert [text for text in drawn if "canary" in text] == []
