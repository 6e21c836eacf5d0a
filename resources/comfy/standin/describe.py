"""What the stand-in's nodes take and give: `nodes.json`, and how the server writes it in `/object_info`.

An input in our file is a type with its default, least and greatest value, or a list of choices. The nodes that need
a model are described, so that a graph that asks for one is refused as it would be on a server without models.

Not here: what a node does (`resources.comfy.standin.nodes`).
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

LIMITS = ("default", "min", "max")
FOLDERS = ("checkpoints", "clip_vision", "loras", "text_encoders", "upscale_models", "vae")


@cache
def object_info() -> dict[str, dict[str, Any]]:
    """Description of each node, by class."""
    facts = json.loads((files(__package__) / "nodes.json").read_text(encoding="utf-8"))
    return {name: _description(name, node) for name, node in facts.items()}


def declared(node_class: str) -> dict[str, tuple[list[Any], bool]]:
    """Inputs of a class: how each is configured, and whether it must be there."""
    groups = object_info()[node_class]["input"]
    return {name: (config, group == "required") for group in groups for name, config in groups[group].items()}


def is_output(node_class: str) -> bool:
    """True for a node whose results are kept: what no such node asks for is not executed."""
    return bool(object_info()[node_class]["output_node"])


def _description(name: str, node: dict[str, Any]) -> dict[str, Any]:
    inputs = {"required": {key: _input(spec) for key, spec in node["inputs"].items()}}
    if "optional" in node:
        inputs["optional"] = {key: _input(spec) for key, spec in node["optional"].items()}
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


def _input(spec: list[Any]) -> list[Any]:
    kind, *rest = spec
    if kind == "UPLOAD":
        return [[], {"image_upload": True}]
    return [kind, dict(zip(LIMITS, rest, strict=False))]
