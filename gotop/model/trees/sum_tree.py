"""Trees that only grow, with values that are summed from the leaves to the root."""

from __future__ import annotations

from array import array

import numpy as np

from gotop.model.counts.arrays import Column, Indices, indices, padded


class SumTree:
    """Nodes as numbers, a child's larger than its parent's. The root is 0, and its own parent."""

    def __init__(self) -> None:
        self.parents = array("I", [0])
        self._depths = array("I", [0])
        self._last_child = array("I", [0])
        self._next_older = array("I", [0])
        self._levels: list[tuple[Indices, Indices]] = []
        self._known = 1

    def __len__(self) -> int:
        return len(self.parents)

    def add_node(self, parent: int) -> int:
        """Append a child of a node; return its number."""
        self.parents.append(parent)
        self._depths.append(self._depths[parent] + 1)
        self._last_child.append(0)
        self._next_older.append(self._last_child[parent])
        node = self._last_child[parent] = len(self.parents) - 1
        return node

    def children(self, node: int) -> list[int]:
        """Return a node's children in the order in which they came."""
        found, child = list[int](), self._last_child[node]
        while child:
            found.append(child)
            child = self._next_older[child]
        return found[::-1]

    def sum_upward(self, values: Column) -> Column:
        """Return each node's own value plus those of all nodes below it."""
        sums = padded(values, len(self.parents)).copy()
        for nodes, parents in self._upward():
            np.add.at(sums, parents, sums[nodes])
        return sums

    def _upward(self) -> list[tuple[Indices, Indices]]:
        """Return nodes and their parents level by level, deepest first: within a level no node is below another."""
        if self._known != len(self.parents):
            self._known = len(self.parents)
            parents, depths = indices(self.parents), indices(self._depths)
            order = np.argsort(depths, kind="stable")
            levels = np.split(order, np.searchsorted(depths[order], np.arange(1, depths.max() + 1)))
            self._levels = [(nodes, parents[nodes]) for nodes in reversed(levels[1:])]
        return self._levels
