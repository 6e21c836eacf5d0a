"""Templates of pictures: a graph in ComfyUI's API form, typed parameters by JSON pointer, declared outputs.

There is no parameter type for free text: graphs stay on the worker and in its files, and names never leave the
backend.

Not here: what a template's file must look like (`resources.comfy.template_file`), running one
(`resources.comfy.fetching`), drawing text (`resources.comfy.card`).
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from identity.errors import VelocityError
from resources.comfy.template_file import TYPES, File, Output, Param, place_of

__all__ = ["TYPES", "Declared", "Template", "load", "read", "shipped"]


@dataclass(frozen=True, slots=True)
class Declared:
    """A picture that a template promises: the node that saves it, and its size in pixels or the most it may have."""

    node: str
    width: int
    height: int
    is_most: bool = False

    def allows(self, size: tuple[int, int]) -> bool:
        """True for a width and height in pixels that was promised."""
        width, height = size
        if self.is_most:
            return 0 < width <= self.width and 0 < height <= self.height
        return size == (self.width, self.height)


@dataclass(frozen=True)
class Template:
    """A template as data; `version` is 16 hex digits of SHA-256 over its canonical JSON."""

    name: str
    version: str
    oldest: str  # version of ComfyUI
    node_classes: list[str]
    models: dict[str, list[str]]  # files by folder
    licences: dict[str, str]  # of the models, by file; SPDX
    params: dict[str, Param]
    outputs: dict[str, Declared]
    graph: dict[str, Any]

    def bind(self, values: Mapping[str, Any], folder: str) -> dict[str, Any]:
        """The graph with these parameters, saving each output below `folder` under the output's name.

        `bad_parameter` names one that is missing, unknown, of another type or out of its bounds; never its value.
        """
        wrong = set(values) ^ set(self.params)
        if wrong:
            raise VelocityError("bad_parameter", f"template {self.name}: {min(wrong)} is missing or unknown")
        graph = copy.deepcopy(self.graph)
        for name, value in values.items():
            param = self.params[name]
            if not param.takes(value):
                raise VelocityError("bad_parameter", f"template {self.name}: {name} is not of type {param.kind}")
            place, key = place_of(graph, param.path)
            place[key] = value
        for name, declared in self.outputs.items():
            graph[declared.node]["inputs"]["filename_prefix"] = f"{folder}/{name}"
        return graph


@cache
def load(name: str) -> Template:
    """A template that we ship."""
    return read(json.loads((files(__package__) / "templates" / f"{name}.json").read_text(encoding="utf-8")))


def shipped() -> list[str]:
    """Names of the templates that we ship."""
    folder = files(__package__) / "templates"
    return sorted(path.name.removesuffix(".json") for path in folder.iterdir() if path.name.endswith(".json"))


def read(facts: Mapping[str, Any]) -> Template:
    """A template from its JSON; `bad_template` says where and why it does not hold."""
    file = File.of(facts)
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return Template(
        name=file.name,
        version=hashlib.sha256(text.encode()).hexdigest()[:16],
        oldest=file.requires.min_comfyui,
        node_classes=file.requires.node_classes,
        models={folder: [model.file for model in models] for folder, models in file.requires.models.items()},
        licences={model.file: model.licence for models in file.requires.models.values() for model in models},
        params=file.params,
        outputs={name: _declared(output) for name, output in file.outputs.items()},
        graph=file.graph_as_sent(),
    )


def _declared(output: Output) -> Declared:
    width, height = output.size or output.up_to or (0, 0)
    return Declared(output.node, width, height, is_most=output.up_to is not None)
