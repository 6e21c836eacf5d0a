"""Charts as Vega-Lite specifications (https://vega.github.io/vega-lite/): plain data, drawn elsewhere.

What names records in them the caller chooses: keys and values for a file of one's own, numbers for what others see.

Not here: drawing (`resources.charts`), and the facts (`identity.explanation`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from identity.explanation import Level

Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
FOR, AGAINST, WHOLE, THOUGHT = "#2a9d8f", "#e76f51", "#264653", "#a8b3bd"


def _chart(title: str, subtitle: str, **parts: Any) -> Spec:
    return {"$schema": SCHEMA, "title": {"text": title, "subtitle": subtitle}, **parts}


def waterfall(
    title: str,
    prior: int,
    levels: Sequence[Level],
    thresholds: Mapping[str, int],
    said: Mapping[str, str] | None = None,
) -> Spec:
    """How the bits of a pair add up: what compared pairs begin with, each comparison that says anything, the sum.

    `thresholds` in thousandths by name; `said`: by comparison, what both records say.
    """
    steps = [("begin", "pairs that are compared", prior), *(level for level in levels if level.bits)]
    rows: list[Spec] = []
    total = 0
    for number, (name, level, bits) in enumerate(steps):
        rows.append({**_bar(number, name, total, total + bits), "level": level, "said": (said or {}).get(name, "")})
        total += bits
    rows.append({**_bar(len(steps), "sum", 0, total), "level": "", "said": "", "kind": "sum"})
    x = {"field": "step", "type": "nominal", "sort": {"field": "number"}, "axis": {"title": None, "labelAngle": -40}}
    tooltip = [{"field": name, "type": "nominal"} for name in ("step", "level", "bits", "said")]
    kinds = {"domain": ["for", "against", "sum"], "range": [FOR, AGAINST, WHOLE]}
    bars = {
        "mark": {"type": "bar"},
        "encoding": {
            "x": x, "y": {"field": "from", "type": "quantitative", "title": "bits"}, "y2": {"field": "to"},
            "color": {"field": "kind", "type": "nominal", "scale": kinds, "legend": None}, "tooltip": tooltip,
        },
    }  # fmt: skip
    words = {
        "mark": {"type": "text", "dy": -6},
        "encoding": {"x": x, "y": {"field": "top", "type": "quantitative"}, "text": {"field": "bits"}},
    }
    parts = {"data": {"values": rows}, "width": {"step": 60}, "height": 320}
    return _chart(
        title, "a bit doubles the odds that both are one", **parts, layer=[bars, words, *_rules(thresholds, "y")]
    )


def _bar(number: int, name: str, start: int, end: int) -> Spec:
    edge = {"from": start / 1000, "to": end / 1000, "top": max(start, end) / 1000}
    kind = "for" if end >= start else "against"
    return {"number": number, "step": name, **edge, "bits": f"{(end - start) / 1000:+.2f}", "kind": kind}


def _rules(thresholds: Mapping[str, int], axis: str) -> list[Spec]:
    rows = [{"at": bits / 1000, "name": name} for name, bits in thresholds.items()]
    place = {axis: {"field": "at", "type": "quantitative"}}
    text = {"type": "text", "align": "left", "dx": 4, "color": "#555"}
    end = {"x": {"value": "width"}} if axis == "y" else {"y": {"value": 8}}
    return [
        {"data": {"values": rows}, "mark": {"type": "rule", "strokeDash": [4, 4], "color": "#555"}, "encoding": place},
        {"data": {"values": rows}, "mark": text, "encoding": {**place, **end, "text": {"field": "name"}}},
    ]


def graph(title: str, names: Sequence[str], pairs: Iterable[tuple[int, int, int, str]]) -> Spec:
    """Records on a circle and the pairs between them: (number, number, thousandths of a bit, what became of it)."""
    places = [_place(number, len(names)) for number in range(len(names))]
    nodes = [{"x": x, "y": y, "name": name} for (x, y), name in zip(places, names, strict=True)]
    lines = [
        {"x": places[a][0], "y": places[a][1], "x2": places[b][0], "y2": places[b][1],
         "mx": (places[a][0] + places[b][0]) / 2, "my": (places[a][1] + places[b][1]) / 2,
         "bits": f"{bits / 1000:+.1f}", "state": state, "pair": f"{names[a]} - {names[b]}"}
        for a, b, bits, state in pairs
    ]  # fmt: skip
    hidden = {"type": "quantitative", "axis": None, "scale": {"domain": [-1.35, 1.35]}}
    at = {"x": {"field": "x", **hidden}, "y": {"field": "y", **hidden}}
    middle = {"x": {"field": "mx", **hidden}, "y": {"field": "my", **hidden}}
    states = {"domain": ["joined", "decided", "review", "cut"], "range": [FOR, WHOLE, THOUGHT, AGAINST]}
    state = {"field": "state", "type": "nominal", "scale": states, "title": None}
    ends = {**at, "x2": {"field": "x2"}, "y2": {"field": "y2"}, "color": state}
    tooltip = [{"field": name, "type": "nominal"} for name in ("pair", "bits", "state")]
    line, bits = {"type": "rule", "strokeWidth": 2}, {"type": "text", "fontSize": 10, "dy": -6}
    node, word = {"type": "circle", "size": 220, "color": WHOLE, "opacity": 1}, {"type": "text", "dy": -16}
    layers = [
        {"data": {"values": lines}, "mark": line, "encoding": {**ends, "tooltip": tooltip}},
        {"data": {"values": lines}, "mark": bits, "encoding": {**middle, "text": {"field": "bits"}}},
        {"data": {"values": nodes}, "mark": node, "encoding": at},
        {"data": {"values": nodes}, "mark": word, "encoding": {**at, "text": {"field": "name"}}},
    ]
    return _chart(title, "bits between records, and what became of each pair", width=520, height=520, layer=layers)


def cluster(title: str, keys: Sequence[str], edges: pl.DataFrame, names: Sequence[str] | None = None) -> Spec:
    """The graph of records and their live edges (EDGE, `judged`); `names` stand in place of the keys."""
    number = {key: n for n, key in enumerate(keys)}
    state = (
        pl.when(pl.col("judged").is_in(["same", "different"])).then(pl.lit("decided"))
        .when(pl.col("cut").is_not_null()).then(pl.lit("cut"))
        .when(pl.col("answer") == "join").then(pl.lit("joined"))
        .otherwise(pl.lit("review"))
    )  # fmt: skip
    shown = edges.filter((pl.col("answer") != "apart") | pl.col("judged").is_not_null())
    rows = shown.select("left", "right", "bits", state=state).sort("left", "right").iter_rows()
    pairs = [(number[left], number[right], bits, what) for left, right, bits, what in rows]
    return graph(title, names or keys, pairs)


def _place(number: int, count: int) -> tuple[float, float]:
    angle = 2 * math.pi * number / max(count, 1)
    return round(math.sin(angle), 4), round(math.cos(angle), 4)


def weights(title: str, levels: Sequence[Mapping[str, Any]]) -> Spec:
    """The weight of every level of an epoch, by comparison: `comparison`, `level`, `bits` in thousandths, `learned`."""
    rows = [
        {"comparison": one["comparison"], "level": one["level"], "number": n, "bits": one["bits"] / 1000,
         "from": "learned" if one["learned"] else "assumed"}
        for n, one in enumerate(levels)
    ]  # fmt: skip
    order = list(dict.fromkeys(row["comparison"] for row in rows))
    colour = {"domain": ["learned", "assumed"], "range": [FOR, THOUGHT]}
    encoding = {
        "y": {"field": "level", "type": "nominal", "sort": {"field": "number"}, "title": None},
        "x": {"field": "bits", "type": "quantitative"},
        "color": {"field": "from", "type": "nominal", "scale": colour, "title": None},
        "row": {
            "field": "comparison",
            "type": "nominal",
            "sort": order,
            "title": None,
            "header": {"labelAngle": 0, "labelAlign": "left"},
        },
        "tooltip": [{"field": name} for name in ("comparison", "level", "bits", "from")],
    }
    parts = {"mark": "bar", "encoding": encoding, "resolve": {"scale": {"y": "independent"}}}
    return _chart(
        title,
        "bits of each level: for a match to the right, against it to the left",
        data={"values": rows},
        width=360,
        **parts,
    )


def histogram(title: str, bars: Mapping[str, int], thresholds: Mapping[str, int]) -> Spec:
    """How many pairs weigh how much: pairs by the lower bound of their bar in bits (`identity.outgrown.histogram`)."""
    rows = [{"from": int(bar), "to": int(bar) + 2, "pairs": pairs} for bar, pairs in bars.items()]
    encoding = {
        "x": {"field": "from", "type": "quantitative", "title": "bits"}, "x2": {"field": "to"},
        "y": {"field": "pairs", "type": "quantitative"},
    }  # fmt: skip
    layers = [{"data": {"values": rows}, "mark": {"type": "bar", "color": WHOLE}, "encoding": encoding}]
    return _chart(title, "pairs by what they weigh", width=420, height=220, layer=[*layers, *_rules(thresholds, "x")])


def sizes(title: str, counts: Mapping[int, int]) -> Spec:
    """How many clusters hold how many records."""
    rows = [{"records": size, "clusters": count} for size, count in sorted(counts.items())]
    encoding = {
        "x": {"field": "records", "type": "ordinal", "axis": {"labelAngle": 0}},
        "y": {"field": "clusters", "type": "quantitative", "scale": {"type": "symlog"}},
    }
    parts = {"data": {"values": rows}, "mark": {"type": "bar", "color": WHOLE}, "encoding": encoding}
    return _chart(title, "clusters by their records", width=420, height=220, **parts)
