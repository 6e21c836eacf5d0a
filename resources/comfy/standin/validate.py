"""Whether a graph can be executed, told in the server's own error types.

Each output is judged for itself: a graph with one good output is taken, and the errors of the others are reported.

Not here: executing it (`resources.comfy.standin.executor`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from resources.comfy.standin.describe import declared, is_known, is_output, outputs_of
from resources.comfy.standin.files import Files

Graph = dict[str, Any]
Error = dict[str, Any]
CASTS: dict[str, Callable[[Any], Any]] = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}


@dataclass
class Verdict:
    """The outputs that can be executed; else what is wrong, with the whole and by node."""

    good: list[str] = field(default_factory=list)
    error: Error | None = None
    node_errors: dict[str, Any] = field(default_factory=dict)


def validate(graph: Graph, files: Files) -> Verdict:
    """Judge a graph."""
    for node, entry in graph.items():
        if not is_known(entry.get("class_type")):
            return Verdict(error=_missing_class(node, entry))
    outputs = [node for node, entry in graph.items() if is_output(entry["class_type"])]
    if not outputs:
        return Verdict(error=error("prompt_no_outputs", "Prompt has no outputs"))
    check = _Check(graph, files)
    verdict = Verdict(good=[node for node in outputs if check.output(node)])
    verdict.node_errors = {node: _node_error(graph, node, errors, check) for node, errors in check.errors.items()}
    if not verdict.good:
        verdict.error = error("prompt_outputs_failed_validation", "Prompt outputs failed validation")
    return verdict


def error(kind: str, message: str, details: str = "", **extra: Any) -> Error:
    """An error as the server writes it."""
    return {"type": kind, "message": message, "details": details, "extra_info": extra}


def _missing_class(node: str, entry: dict[str, Any]) -> Error:
    name = entry.get("class_type")
    title = entry.get("_meta", {}).get("title", name)
    message = f"Node '{title}' not found. The custom node may not be installed."
    return error("missing_node_type", message, f"Node ID '#{node}'", node_id=node, class_type=name, node_title=title)


def _node_error(graph: Graph, node: str, errors: list[Error], check: _Check) -> dict[str, Any]:
    return {
        "errors": errors,
        "dependent_outputs": sorted(check.dependents[node]),
        "class_type": graph[node]["class_type"],
    }


class _Check:
    """Walks from outputs to what they need; a node is judged once."""

    def __init__(self, graph: Graph, files: Files) -> None:
        self._graph, self._files, self._models = graph, files, files.models()
        self._judged: dict[str, bool] = {}
        self.errors: dict[str, list[Error]] = {}
        self.dependents: dict[str, set[str]] = {}

    def output(self, node: str) -> bool:
        """True if an output and all that it needs are in order."""
        self._output = node
        try:
            return self._node(node, ())
        except (KeyError, IndexError, TypeError) as broken:
            self._note(node, _broken("exception_during_validation", "Exception when validating node", broken))
            return False

    def _node(self, node: str, path: tuple[str, ...]) -> bool:
        if node in path:
            cycle = path[path.index(node) :]
            way = " -> ".join(f"{n} ({self._graph[n]['class_type']})" for n in (*cycle, node))
            cause = error("dependency_cycle", "Dependency cycle detected", way, node_id=node, cycle_nodes=list(cycle))
            self._note(node, cause)
            return False
        if node in self._judged:
            if node in self.errors:
                self.dependents[node].add(self._output)
            return self._judged[node]
        given = self._graph[node]["inputs"]
        inputs = declared(self._graph[node]["class_type"], self._models)
        good = [self._input(node, name, *inputs[name], given, (*path, node)) for name in inputs]
        self._judged[node] = all(good)
        return self._judged[node]

    def _input(
        self, node: str, name: str, config: list[Any], required: bool, given: dict[str, Any], path: tuple[str, ...]
    ) -> bool:
        if name not in given:
            if required:
                cause = error("required_input_missing", "Required input is missing", name, input_name=name)
                self._note(node, cause)
            return not required
        if isinstance(given[name], list):
            return self._link(node, name, config, given[name], path)
        cause_of_value = self._value(name, config, given)
        if cause_of_value:
            self._note(node, cause_of_value)
        return cause_of_value is None

    def _link(self, node: str, name: str, config: list[Any], link: list[Any], path: tuple[str, ...]) -> bool:
        facts = {"input_name": name, "input_config": config}
        if len(link) != 2:
            message = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
            self._note(node, error("bad_linked_input", message, name, **facts, received_value=link))
            return False
        source, slot = link
        found = outputs_of(self._graph[source]["class_type"])[slot]
        if found != config[0]:
            details = f"{name}, received_type({found}) mismatch input_type({config[0]})"
            message = "Return type mismatch between linked nodes"
            cause = error("return_type_mismatch", message, details, **facts, received_type=found, linked_node=link)
            self._note(node, cause)
            return False
        try:
            return self._node(source, path)
        except (KeyError, IndexError, TypeError) as broken:
            message = "Exception when validating inner node"
            self._note(source, _broken("exception_during_inner_validation", message, broken, linked_node=link))
            self._judged[source] = False
            return False

    def _value(self, name: str, config: list[Any], given: dict[str, Any]) -> Error | None:
        kind, limits = config
        if isinstance(kind, list):
            return self._choice(name, kind, limits, given[name])
        facts = {"input_name": name, "input_config": config, "received_value": given[name]}
        try:
            value = given[name] = CASTS[kind](given[name])
        except (ValueError, TypeError) as wrong:
            message = f"Failed to convert an input value to a {kind} value"
            details = f"{name}, {given[name]}, {wrong}"
            return error("invalid_input_type", message, details, **facts, exception_message=str(wrong))
        if "min" in limits and value < limits["min"]:
            message = f"Value {value} smaller than min of {limits['min']}"
            return error("value_smaller_than_min", message, name, **facts)
        if "max" in limits and value > limits["max"]:
            return error("value_bigger_than_max", f"Value {value} bigger than max of {limits['max']}", name, **facts)
        return None

    def _choice(self, name: str, choices: list[Any], limits: dict[str, Any], value: Any) -> Error | None:
        if limits.get("image_upload"):
            if isinstance(value, str) and self._files.loaded(value):
                return None
            details = f"{name} - Invalid image file: {value}"
            return error("custom_validation_failed", "Custom validation failed for node", details, input_name=name)
        if value in choices:
            return None
        details = f"{name}: '{value}' not in {choices}"
        facts = {"input_name": name, "input_config": [choices, limits], "received_value": value}
        return error("value_not_in_list", "Value not in list", details, **facts)

    def _note(self, node: str, cause: Error) -> None:
        self.errors.setdefault(node, []).append(cause)
        self.dependents.setdefault(node, set()).add(self._output)


def _broken(kind: str, message: str, broken: Exception, **extra: Any) -> Error:
    name = type(broken).__name__
    return error(kind, message, str(broken), **extra, exception_type=name, exception_message=str(broken), traceback=[])
