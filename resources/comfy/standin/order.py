"""Which nodes a prompt needs, and by what a result is known again.

Not here: executing them (`resources.comfy.standin.executor`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container
from typing import Any

from resources.comfy.standin.files import Files, digest

Graph = dict[str, Any]


def sources(graph: Graph, node: str) -> list[str]:
    """Nodes that this one takes its inputs from."""
    return [value[0] for value in graph[node]["inputs"].values() if isinstance(value, list)]


def needed(graph: Graph, wanted: list[str], ready: Container[str] = ()) -> list[str]:
    """What the wanted nodes need and is not ready, each after its sources."""
    found: dict[str, None] = {}

    def visit(node: str) -> None:
        if node not in found and node not in ready:
            for source in sources(graph, node):
                visit(source)
            found[node] = None

    for node in wanted:
        visit(node)
    return list(found)


def signatures(graph: Graph, nodes: list[str], files: Files) -> dict[str, str]:
    """Hash of each node's class and inputs, all the way up; nodes come after their sources, and names do not count."""
    found: dict[str, str] = {}
    for node in nodes:
        entry = graph[node]
        links = {name: [found[v[0]], v[1]] if isinstance(v, list) else v for name, v in entry["inputs"].items()}
        loaded = files.loaded(entry["inputs"]["image"]) if entry["class_type"] == "LoadImage" else None
        text = json.dumps([entry["class_type"], links, digest(loaded) if loaded else None], sort_keys=True)
        found[node] = hashlib.sha256(text.encode()).hexdigest()
    return found
