"""Templates of pictures: a graph in ComfyUI's API form, typed parameters by JSON pointer, declared outputs.

There is no parameter type for free text: graphs stay on the worker and in its files, and names never leave the
backend.

Not here: running one (`resources.comfy.dispatch`), drawing text (`resources.comfy.card`).
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from identity.errors import VelocityError

UPLOADED = re.compile(r"velocity/[0-9a-f]{32}\.png")  # as `ComfyClient.upload_image` names it


@dataclass(frozen=True, slots=True)
class Declared:
    """A picture that a template promises: the node that saves it, and its size in pixels."""

    node: str
    width: int
    height: int


@dataclass(frozen=True)
class Template:
    """A template as data; `version` is 16 hex digits of SHA-256 over its canonical JSON."""

    name: str
    version: str
    oldest: str  # version of ComfyUI
    node_classes: list[str]
    models: dict[str, list[str]]  # files by folder
    params: dict[str, dict[str, Any]]
    outputs: dict[str, Declared]
    graph: dict[str, Any]

    def bind(self, values: Mapping[str, Any], folder: str) -> dict[str, Any]:
        """The graph with these parameters, saving each output below `folder` under the output's name.

        `bad_parameter` names one that is missing, unknown or of another type; never its value.
        """
        wrong = set(values) ^ set(self.params)
        if wrong:
            raise VelocityError("bad_parameter", f"template {self.name}: {min(wrong)} is missing or unknown")
        graph = copy.deepcopy(self.graph)
        for name, value in values.items():
            kind = self.params[name]["type"]
            if not TYPES[kind](value):
                raise VelocityError("bad_parameter", f"template {self.name}: {name} is not of type {kind}")
            _set(graph, self.params[name]["path"], value)
        for name, declared in self.outputs.items():
            graph[declared.node]["inputs"]["filename_prefix"] = f"{folder}/{name}"
        return graph


@cache
def load(name: str) -> Template:
    """A template that we ship."""
    return read(json.loads((files(__package__) / "templates" / f"{name}.json").read_text(encoding="utf-8")))


def read(facts: Mapping[str, Any]) -> Template:
    """A template from its JSON; `bad_template` where a pointer, an output or a node class does not hold."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    needs, graph = facts["requires"], facts["graph"]
    template = Template(
        name=facts["name"],
        version=hashlib.sha256(text.encode()).hexdigest()[:16],
        oldest=needs["min_comfyui"],
        node_classes=needs["node_classes"],
        models=needs["models"],
        params=facts["params"],
        outputs={output: Declared(**declared) for output, declared in facts["outputs"].items()},
        graph=graph,
    )
    flaw = _flaw(template)
    if flaw:
        raise VelocityError("bad_template", f"template {template.name}: {flaw}")
    return template


def _flaw(template: Template) -> str | None:
    if sorted({node["class_type"] for node in template.graph.values()}) != sorted(template.node_classes):
        return "required node classes are not those of the graph"
    for name, param in template.params.items():
        if param["type"] not in TYPES:
            return f"parameter {name} has an unknown type"
        try:
            _set(copy.deepcopy(template.graph), param["path"], None)
        except (KeyError, TypeError, IndexError, ValueError):
            return f"parameter {name} points nowhere"
    lost = [name for name, output in template.outputs.items() if output.node not in template.graph]
    return f"output {lost[0]} has no node" if lost else None


def _is_int(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


TYPES: dict[str, Callable[[object], bool]] = {
    "rgb": lambda value: _is_int(value, 0xFFFFFF),
    "pixels": lambda value: _is_int(value, 16384),
    "uploaded_image": lambda value: isinstance(value, str) and UPLOADED.fullmatch(value) is not None,
}


def _set(graph: dict[str, Any], pointer: str, value: Any) -> None:
    """Set the existing place that a JSON pointer (RFC 6901) names."""
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    place: Any = graph
    for part in path:
        place = place[int(part) if isinstance(place, list) else part]
    key: Any = int(last) if isinstance(place, list) else last
    _ = place[key]  # a pointer to nothing is a mistake in the template
    place[key] = value
