"""The one worker: takes prompts in turn and executes what their outputs need and the last prompt has not made already.

Not here: what a node does (`resources.comfy.standin.nodes`), the frames' way to a client (`...sockets`).
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

from PIL import Image

from resources.comfy.standin.faults import Faults
from resources.comfy.standin.files import Files
from resources.comfy.standin.memory import Item, Memory
from resources.comfy.standin.nodes import NODES, NodeError, Result, Scene
from resources.comfy.standin.order import needed, signatures, sources

LARGE = 16 * 2**20  # bytes; a larger result is not kept for later prompts, nor beyond its last use in this one
NODE_FAILURES = (NodeError, OSError, SyntaxError, ValueError, TypeError, ArithmeticError, MemoryError, LookupError)
Send = Callable[[str, dict[str, Any], str | None], None]


class Interrupted(Exception):
    """The running prompt was cancelled."""


class Executor(threading.Thread):
    """Executes one prompt at a time. `position` is the client and node that run, for whoever connects meanwhile."""

    def __init__(self, memory: Memory, files: Files, faults: Faults, send: Send) -> None:
        super().__init__(daemon=True)
        self.memory, self.files, self.faults, self.send = memory, files, faults, send
        self.cache: dict[str, Result] = {}
        self.position: tuple[str | None, str | None] = (None, None)

    def run(self) -> None:
        """For ever: the process ends it."""
        while True:
            item = self.memory.take()
            client = item.extra.get("client_id")
            entry = _Run(self, item, client).entry()
            self.memory.done(item, entry)
            self.position = (None, None)
            if client is not None:
                self.send("executing", {"node": None, "prompt_id": item.id}, client)


class _Run:
    """One prompt being executed."""

    def __init__(self, executor: Executor, item: Item, client: str | None) -> None:
        self.executor, self.item, self.client = executor, item, client
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.outputs: dict[str, Any] = {}
        self.progress: dict[str, dict[str, Any]] = {}
        self.results: dict[str, Result] = {}
        self.executed: list[str] = []
        nodes = needed(item.graph, item.outputs)
        self.known = signatures(item.graph, nodes, executor.files)
        self.uses = Counter(source for node in nodes for source in sources(item.graph, node))

    def entry(self) -> dict[str, Any]:
        """Execute, and say what goes into the history."""
        self.executor.faults.executed[self.item.id] += 1
        self._say("execution_start")
        is_good = self._execute()
        kept = {self.known[node]: result for node, result in self.results.items() if result.size <= LARGE}
        self.executor.cache = kept
        status = {
            "status_str": "success" if is_good else "error",
            "completed": is_good,
            "messages": [list(message) for message in self.messages],
        }
        if is_good and self.executor.faults.strike("hidden_outputs"):
            self.outputs = {}
        meta = {n: {"node_id": n, "display_node": n, "parent_node": None, "real_node_id": n} for n in self.outputs}
        return {"prompt": self.item, "outputs": self.outputs, "status": status, "meta": meta}

    def _execute(self) -> bool:
        cache = self.executor.cache
        cached = [node for node, key in self.known.items() if key in cache]
        self.results = {node: cache[self.known[node]] for node in cached}
        self._say("execution_cached", nodes=cached)
        for node in cached:
            self._show(node, self.results[node])
        for node in needed(self.item.graph, self.item.outputs, ready=cached):
            try:
                self._node(node)
            except Interrupted:
                self._say("execution_interrupted", **self._where(node))
                return False
            except (*NODE_FAILURES, Image.DecompressionBombError) as failure:
                self._say("execution_error", **self._where(node), **self._failure(node, failure))
                return False
        self._say("execution_success")
        return True

    def _node(self, node: str) -> None:
        self._advance(node, 0.0, "running")
        self.executor.position = (self.client, node)
        self._send("executing", node=node, display_node=node)
        self._pause()
        graph = self.item.graph
        inputs = {k: self.results[v[0]].values[v[1]] if isinstance(v, list) else v for k, v in self._inputs(node)}
        scene = Scene(self.executor.files, graph, self.item.extra, self.executor.faults.strike)
        self.results[node] = result = NODES[graph[node]["class_type"]](inputs, scene)
        self.executed.append(node)
        self._show(node, result)
        self._advance(node, 1.0, "finished")
        for source in sources(graph, node):
            self.uses[source] -= 1
            if not self.uses[source] and self.results[source].size > LARGE:
                del self.results[source]

    def _inputs(self, node: str) -> list[tuple[str, Any]]:
        return list(self.item.graph[node]["inputs"].items())

    def _pause(self) -> None:
        """Where a prompt notices that it was cancelled: before each node."""
        faults, interrupted = self.executor.faults, self.executor.memory.interrupted
        time.sleep(faults.deaf_seconds)
        if interrupted.wait(faults.node_seconds):
            raise Interrupted
        if faults.strike("out_of_memory"):
            raise NodeError("torch.OutOfMemoryError", "CUDA out of memory, on purpose")

    def _show(self, node: str, result: Result) -> None:
        if result.shown is not None:
            self.outputs[node] = result.shown
            self._send("executed", node=node, display_node=node, output=result.shown)
            if node not in self.progress:
                self._advance(node, 1.0, "finished")

    def _advance(self, node: str, value: float, state: str) -> None:
        names = {"node_id": node, "display_node_id": node, "parent_node_id": None, "real_node_id": node}
        self.progress[node] = {"value": value, "max": 1.0, "state": state, "prompt_id": self.item.id, **names}
        self._send("progress_state", nodes=dict(self.progress))

    def _where(self, node: str) -> dict[str, Any]:
        kind = self.item.graph[node]["class_type"]
        return {"node_id": node, "node_type": kind, "executed": list(self.executed)}

    def _failure(self, node: str, failure: BaseException) -> dict[str, Any]:
        kind = failure.kind if isinstance(failure, NodeError) else type(failure).__name__
        return {
            "exception_message": f"{failure}\n",
            "exception_type": kind,
            "traceback": traceback.format_tb(failure.__traceback__),
            "current_inputs": {name: [str(value)] for name, value in self._inputs(node)},
            "current_outputs": list(self.results),
        }

    def _say(self, kind: str, **data: Any) -> None:
        """A message that the history keeps."""
        said = {"prompt_id": self.item.id, **data, "timestamp": now()}
        self.messages.append((kind, said))
        self._to_client(kind, said)

    def _send(self, kind: str, **data: Any) -> None:
        self._to_client(kind, {**data, "prompt_id": self.item.id})

    def _to_client(self, kind: str, data: dict[str, Any]) -> None:
        if self.client is not None:
            self.executor.send(kind, data, self.client)


def now() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)
