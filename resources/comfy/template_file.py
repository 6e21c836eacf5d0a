"""What the file of a template must look like, and whether its parts belong together.

Not here: filling it in (`resources.comfy.template`).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from identity.errors import VelocityError
from resources.comfy.upload import NAME

LARGEST = 16384  # pixels of a side, as the server has it


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Param(_Strict):
    """A place of the graph that is filled in. `least` and `most` bound a number."""

    kind: Literal["rgb", "pixels", "uploaded_image"] = Field(alias="type")
    path: str = Field(pattern=r"^(/[^/]+)+$")
    least: int = 0
    most: int | None = None

    def takes(self, value: object) -> bool:
        """True for a value of the type, within the bounds."""
        return TYPES[self.kind](value) and (
            not isinstance(value, int) or self.least <= value <= (LARGEST**2 if self.most is None else self.most)
        )


class Output(_Strict):
    """A picture: which node saves it, and either its size in pixels or the most that it may have."""

    node: str
    kind: Literal["image/png"]
    size: list[int] | None = Field(default=None, min_length=2, max_length=2)
    up_to: list[int] | None = Field(default=None, min_length=2, max_length=2)


class Model(_Strict):
    """A file that the worker must have; `licence` as SPDX names it."""

    file: str = Field(pattern=r"^[\w.-]+$")
    licence: str = Field(min_length=1)


class Needs(_Strict):
    """What a worker must have."""

    min_comfyui: str = Field(pattern=r"^\d+(\.\d+)*$")
    node_classes: list[str]
    models: dict[str, list[Model]]  # by folder


class Node(_Strict):
    """A node of the graph; an input is a value, or a link: node and slot."""

    class_type: str
    inputs: dict[str, Any]


class File(_Strict):
    """A template's file."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    requires: Needs
    params: dict[str, Param]
    outputs: dict[str, Output] = Field(min_length=1)
    graph: dict[str, Node] = Field(min_length=1)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> File:
        """The file, read and judged; `bad_template` names the place and what is wrong with it."""
        name = str(facts.get("name", "without a name"))
        try:
            file = cls.model_validate(dict(facts))
        except ValidationError as wrong:
            first = wrong.errors(include_url=False, include_input=False)[0]
            where = "/".join(map(str, first["loc"]))
            raise VelocityError("bad_template", f"template {name}: {where}: {first['msg']}") from None
        flaw = next(file.flaws(), None)
        if flaw:
            raise VelocityError("bad_template", f"template {name}: {flaw}")
        return file

    def graph_as_sent(self) -> dict[str, Any]:
        """The graph in API form."""
        return {name: node.model_dump() for name, node in self.graph.items()}

    def flaws(self) -> Iterator[str]:
        """What does not belong together."""
        if sorted({node.class_type for node in self.graph.values()}) != sorted(self.requires.node_classes):
            yield "required node classes are not those of the graph"
        yield from self._links()
        yield from self._params()
        for name, output in self.outputs.items():
            if output.node not in self.graph:
                yield f"output {name} has no node"
            elif "filename_prefix" not in self.graph[output.node].inputs:
                yield f"output {name} is of a node that saves no file"
            if (output.size is None) == (output.up_to is None):
                yield f"output {name} needs either a size or an up_to"
        yield from self._models()

    def _links(self) -> Iterator[str]:
        for name, node in self.graph.items():
            for key, value in node.inputs.items():
                if isinstance(value, list) and (len(value) != 2 or value[0] not in self.graph):
                    yield f"input {key} of node {name} is linked to nothing"

    def _params(self) -> Iterator[str]:
        graph = copy.deepcopy(self.graph_as_sent())
        for name, param in self.params.items():
            try:
                place_of(graph, param.path)
            except (KeyError, TypeError, IndexError, ValueError):
                yield f"parameter {name} points nowhere"
        loaded = {f"/{name}/inputs/image" for name, node in self.graph.items() if node.class_type == "LoadImage"}
        if loaded - {param.path for param in self.params.values() if param.kind == "uploaded_image"}:
            yield "a picture is loaded that is no parameter"

    def _models(self) -> Iterator[str]:
        used = {value for node in self.graph.values() for value in node.inputs.values() if isinstance(value, str)}
        files = [model.file for models in self.requires.models.values() for model in models]
        for file in files:
            if file not in used:
                yield f"model {file} is not in the graph"
        loaders = [kind for kind in self.requires.node_classes if kind.endswith(("Loader", "LoaderSimple"))]
        if loaders and not files:
            yield f"{loaders[0]} loads a model that is not declared"


def place_of(graph: dict[str, Any], pointer: str) -> tuple[Any, Any]:
    """Container and key of the existing place that a JSON pointer (RFC 6901) names; LookupError where there is none."""
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    place: Any = graph
    for part in path:
        place = place[int(part) if isinstance(place, list) else part]
    key: Any = int(last) if isinstance(place, list) else last
    _ = place[key]
    return place, key


def _is_int(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


TYPES: dict[str, Callable[[object], bool]] = {
    "rgb": lambda value: _is_int(value, 0xFFFFFF),
    "pixels": lambda value: _is_int(value, LARGEST),
    "uploaded_image": lambda value: isinstance(value, str) and NAME.fullmatch(value) is not None,
}
