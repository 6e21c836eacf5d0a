"""Parents by number, where each node has one at most: circles found and cut, roots, depths and sizes.

`parent[i]` is the parent of node i, or i itself where it has none. Everything is done by doubling: after k steps each
node knows what lies 2**k parents above, so a chain of thousands costs a dozen steps over the whole array.

Not here: who says so (`identity.hierarchy`).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Nodes: TypeAlias = NDArray[np.int64]


def cut(parent: Nodes, rank: Nodes) -> Nodes:
    """The nodes that must lose their parent so that there is no circle: of each circle the one of the highest rank.

    Ranks of nodes with a parent are distinct.
    """
    on = _on_circles(parent)
    around = np.searchsorted(on, parent[on])
    worst = rank[on]
    for _ in range(len(on).bit_length()):  # after that many steps each has seen all of its circle
        worst = np.maximum(worst, worst[around])
        around = around[around]
    loose: Nodes = on[rank[on] == worst]
    return loose


def climb(parent: Nodes) -> tuple[Nodes, Nodes, Nodes]:
    """Of a forest: the root of each node, its depth (0 for a root), and how many nodes are below it."""
    root = parent.copy()
    depth = (parent != np.arange(len(parent))).astype(np.int64)
    size = np.ones(len(parent), np.int64)
    step = 1
    while (far := np.flatnonzero(depth == step)).size:  # these have an ancestor exactly that far above
        size += np.bincount(root[far], weights=size[far], minlength=len(size)).astype(np.int64)
        depth += depth[root]
        root = root[root]
        step *= 2
    return root, depth, size - 1


def _on_circles(parent: Nodes) -> Nodes:
    """Whoever climbs for ever ends on a root or goes round a circle, and comes by each node of it."""
    above = parent
    for _ in range(len(parent).bit_length()):
        if np.array_equal(further := above[above], above):
            break
        above = further
    ends = np.unique(above)
    on: Nodes = ends[parent[ends] != ends]
    return on
