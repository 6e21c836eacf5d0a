"""Templates of pictures: a graph in ComfyUI's API form, typed parameters by JSON pointer, declared outputs.

Not here: running one (`resources.comfy.job`).
"""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from identity.errors import VelocityError

RGB = 0xFFFFFF


@dataclass(frozen=True)
class Template:
    """A template as data; `version` is 16 hex digits of SHA-256 over its canonical JSON."""

    name: str
    version: str
    node_classes: list[str]
    params: dict[str, dict[str, Any]]
    outputs: dict[str, str]  # name: node
    graph: dict[str, Any]

    def bind(self, values: dict[str, Any]) -> dict[str, Any]:
        """The graph with these parameters; `bad_parameter` names one that is missing, unknown or of another type."""
        wrong = set(values) ^ set(self.params)
        if wrong:
            raise VelocityError("bad_parameter", f"template {self.name}: {sorted(wrong)[0]} is missing or unknown")
        graph = copy.deepcopy(self.graph)
        for name, value in values.items():
            _check(self.name, name, self.params[name]["type"], value)
            _set(graph, self.params[name]["path"], value)
        return graph


@cache
def load(name: str) -> Template:
    """A template that we ship."""
    facts = json.loads((files(__package__) / "templates" / f"{name}.json").read_text(encoding="utf-8"))
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    classes = sorted({node["class_type"] for node in facts["graph"].values()})
    return Template(facts["name"], version, classes, facts["params"], facts["outputs"], facts["graph"])


def _check(template: str, name: str, kind: str, value: Any) -> None:
    is_colour = isinstance(value, int) and 0 <= value <= RGB
    if not (is_colour if kind == "rgb" else isinstance(value, str) and bool(value)):
        raise VelocityError("bad_parameter", f"template {template}: {name} is not of type {kind}")


def _set(graph: dict[str, Any], pointer: str, value: Any) -> None:
    """Set the place that a JSON pointer (RFC 6901) names."""
    *path, last = pointer.strip("/").split("/")
    place: Any = graph
    for part in path:
        place = place[part]
    place[last] = value
