"""How a prompt stands, read from what the worker says of it.

Not here: asking (`resources.comfy.client`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from resources.comfy.failures import ComfyError, FailureClass, class_of_exception, scrubbed
from resources.comfy.wire import stranger

State = Literal["unknown", "waiting", "running", "done", "failed", "cancelled"]
STATES: dict[str, State] = {
    "pending": "waiting",
    "in_progress": "running",
    "completed": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}


@dataclass(frozen=True, slots=True)
class Output:
    """A file that a node saved."""

    filename: str
    subfolder: str
    type: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a prompt stands; `outputs` by node when it has ended, `failure` and `reason` when it failed; then also what
    it cost: milliseconds of the worker, and nodes that it had made before.
    """

    state: State
    outputs: Mapping[str, list[Output]] = field(default_factory=dict)
    failure: FailureClass | None = None
    reason: str = ""
    worker_ms: int | None = None
    cached: int | None = None

    @property
    def has_ended(self) -> bool:
        """True once nothing more will happen to it."""
        return self.state in {"done", "failed", "cancelled"}


UNKNOWN = Standing("unknown")


def of_job(job: Mapping[str, Any]) -> Standing:
    """From an answer of the jobs route. A word that we do not know is a state in which nothing has ended."""
    state = STATES.get(str(job.get("status")), "running")
    said = dict((job.get("execution_status") or {}).get("messages") or [])
    return replace(_standing(state, job.get("outputs"), job.get("execution_error")), **_cost(said))


def of_history(entry: Mapping[str, Any]) -> Standing:
    """From an entry of the history, whose messages tell a cancelled prompt from a failed one."""
    status = entry.get("status") or {}
    said = dict(status.get("messages") or [])
    state: State = "cancelled" if "execution_interrupted" in said else "failed"
    if status.get("status_str") == "success":
        state = "done"
    return replace(_standing(state, entry.get("outputs"), said.get("execution_error")), **_cost(said))


def of_queue(queue: Mapping[str, Any], prompt: str) -> Standing:
    """From the queue: entries are arrays with the prompt id in second place; `Unhealthy` where they are not."""
    states: dict[str, State] = {"queue_running": "running", "queue_pending": "waiting"}
    try:
        found = [state for name, state in states.items() if any(entry[1] == prompt for entry in queue.get(name, []))]
    except (LookupError, TypeError):
        raise stranger() from None
    return Standing(found[0]) if found else UNKNOWN


def shaped(read: Callable[[Any], Standing], said: Any) -> Standing:
    """What is read from what is said of one prompt; `permanent` where its shape is not the server's."""
    try:
        return read(said)
    except (AttributeError, LookupError, TypeError, ValueError):
        raise ComfyError("permanent", "what is said of the prompt is of no ComfyUI server") from None


def _standing(state: State, outputs: object, error: Mapping[str, Any] | None) -> Standing:
    found = _outputs(outputs)
    if state == "cancelled":
        return Standing(state, found, "cancelled", "the job was cancelled on the worker")
    if state != "failed":
        return Standing(state, found)
    kind = (error or {}).get("exception_type")
    reason = f"node {scrubbed((error or {}).get('node_type'))} failed with {scrubbed(kind)}"
    return Standing(state, found, class_of_exception(kind), reason)


def _cost(said: Mapping[str, Any]) -> dict[str, Any]:
    """From the messages of an ended prompt, which carry milliseconds since 1970."""
    times = [message["timestamp"] for message in said.values() if "timestamp" in message]
    if "execution_start" not in said or not times:
        return {}
    nodes = said.get("execution_cached", {}).get("nodes", [])
    return {"worker_ms": int(max(times) - min(times)), "cached": len(nodes)}


def _outputs(by_node: object) -> dict[str, list[Output]]:
    if not isinstance(by_node, dict):
        return {}
    return {
        node: [Output(i["filename"], i.get("subfolder", ""), i.get("type", "output")) for i in found.get("images", [])]
        for node, found in by_node.items()
    }
