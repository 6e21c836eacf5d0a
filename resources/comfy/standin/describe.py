"""What the stand-in's nodes take and give: `nodes.json`, and how the server writes it in `/object_info`.

An input in our file is a type with its default, least and greatest value, or a list of choices, or a folder of models:
a graph that asks for one that is not there is refused.

Not here: what a node does (`resources.comfy.standin.nodes`).
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

LIMITS = ("default", "min", "max")


Models = dict[str, list[str]]  # names of files, by folder


def object_info(models: Models) -> dict[str, dict[str, Any]]:
    """Description of each node, by class."""
    return {name: _description(name, node, models) for name, node in _nodes().items()}


def is_known(node_class: object) -> bool:
    """True for a class that there is."""
    return node_class in _nodes()


def outputs_of(node_class: str) -> list[str]:
    """Types of what a class gives, by slot."""
    found: list[str] = _nodes()[node_class]["outputs"]
    return found


def declared(node_class: str, models: Models) -> dict[str, tuple[list[Any], bool]]:
    """Inputs of a class: how each is configured, and whether it must be there."""
    groups = _description(node_class, _nodes()[node_class], models)["input"]
    return {name: (config, group == "required") for group in groups for name, config in groups[group].items()}


def is_output(node_class: str) -> bool:
    """True for a node whose results are kept: what no such node asks for is not executed."""
    return bool(_nodes()[node_class].get("saves", False))


@cache
def _nodes() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((files(__package__) / "nodes.json").read_text(encoding="utf-8"))
    return found


def _description(name: str, node: dict[str, Any], models: Models) -> dict[str, Any]:
    inputs = {"required": {key: _input(spec, models) for key, spec in node["inputs"].items()}}
    if "optional" in node:
        inputs["optional"] = {key: _input(spec, models) for key, spec in node["optional"].items()}
    return {
        "input": inputs,
        "input_order": {group: list(entries) for group, entries in inputs.items()},
        "is_input_list": False,
        "output": node["outputs"],
        "output_is_list": [False] * len(node["outputs"]),
        "output_name": node["outputs"],
        "name": name,
        "display_name": name,
        "description": "",
        "python_module": "nodes",
        "category": node["category"],
        "output_node": node.get("saves", False),
    }


def _input(spec: list[Any], models: Models) -> list[Any]:
    kind, *rest = spec
    if kind == "MODELS":
        return [models[rest[0]], {}]
    if kind == "UPLOAD":
        return [[], {"image_upload": True}]
    return [kind, dict(zip(LIMITS, rest, strict=False))]
