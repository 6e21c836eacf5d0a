"""The stand-in's memory and its one worker: queue, history, execution in the order that the graph asks for.

Not here: HTTP (`resources.comfy.standin.app`).
"""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resources.comfy.standin.nodes import NODES


@dataclass
class Prompt:
    """A graph that was taken, and how it stands."""

    id: str
    number: int
    graph: dict[str, Any]
    status: str = "pending"
    outputs: dict[str, Any] = field(default_factory=dict)
    began: int | None = None
    ended: int | None = None
    cancel: bool = False


class Worker:
    """Executes one prompt at a time, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.prompts = folder, dict[str, Prompt]()
        self.delay = 0.0  # seconds before each node, for tests of cancelling
        self._queue: queue.Queue[Prompt] = queue.Queue()
        threading.Thread(target=self._work, daemon=True).start()

    def submit(self, prompt_id: str, graph: dict[str, Any]) -> Prompt:
        """Queue a graph. The same id again runs again: the real server does not de-duplicate either."""
        prompt = Prompt(prompt_id, len(self.prompts), graph)
        self.prompts[prompt_id] = prompt
        self._queue.put(prompt)
        return prompt

    def cancel(self, prompt_id: str) -> bool:
        """Mark a prompt; a running one ends at its next node."""
        prompt = self.prompts.get(prompt_id)
        if prompt is None or prompt.status not in ("pending", "in_progress"):
            return False
        prompt.cancel = True
        return True

    def _work(self) -> None:
        while True:
            prompt = self._queue.get()
            prompt.began = _now()
            prompt.status = "in_progress"
            try:
                prompt.status = self._execute(prompt)
            except (KeyError, ValueError, OSError, AttributeError, TypeError):
                prompt.status = "failed"
            prompt.ended = _now()

    def _execute(self, prompt: Prompt) -> str:
        made: dict[str, Any] = {}
        for node in order(prompt.graph):
            time.sleep(self.delay)
            if prompt.cancel:
                return "cancelled"
            execute, _, is_output = NODES[prompt.graph[node]["class_type"]]
            inputs = {k: made[v[0]] if isinstance(v, list) else v for k, v in prompt.graph[node]["inputs"].items()}
            made[node] = execute(inputs, self.folder)
            if is_output:
                prompt.outputs[node] = made[node]
        return "completed"


def order(graph: dict[str, Any]) -> list[str]:
    """Nodes, each after those that it takes its inputs from."""
    done: list[str] = []

    def visit(node: str) -> None:
        if node not in done:
            for value in graph[node]["inputs"].values():
                if isinstance(value, list):
                    visit(value[0])
            done.append(node)

    for node in graph:
        visit(node)
    return done


def flaws(graph: dict[str, Any]) -> dict[str, str]:
    """What is wrong with a graph, by node: a class that is not here, an input that is missing or leads nowhere."""
    found = {}
    for node, entry in graph.items():
        known = NODES.get(entry.get("class_type", ""))
        if known is None:
            found[node] = "missing_node_type"
        elif set(known[1]) - set(entry.get("inputs", {})):
            found[node] = "required_input_missing"
        elif any(isinstance(v, list) and v[0] not in graph for v in entry["inputs"].values()):
            found[node] = "bad_linked_input"
    return found


def _now() -> int:
    return int(time.time() * 1000)
