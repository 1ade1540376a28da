"""A function from both sides: its callers, and what it calls down to the types allocated there.

Both are read from two flame graphs (by bytes and by objects) as far as they are unfolded. A function that calls itself
is counted where it was entered first.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from gotop.model.trees.flame_graph import ROOT, CodeOrigin, FlameTree
from gotop.model.values import Frame


class CallNode:
    """A node of one of the two trees, with the interface of `CallerNode`. `type`: it is an allocated type, no function.

    `places`: nodes of the flame graph, each with the node whose value counts here: among callers, that of the function
    in the middle; among callees, itself.
    """

    def __init__(self, sides: CallersCallees, places: Sequence[tuple[int, int]], outward: bool) -> None:
        self._sides = sides
        self._places = places
        self._outward = outward
        label, frame = sides.by_bytes.label(places[0][0]), sides.by_bytes.frame(places[0][0])
        self.type = label.origin is CodeOrigin.TYPE
        self.frame = frame or Frame(label.text, "", 0, False)
        self.bytes = sum(sides.by_bytes.value(counted) for _, counted in places)
        self.allocs = sum(sides.by_allocs.value(counted) for _, counted in places)

    @property
    def estimated(self) -> bool:
        """Whether the figures are from samples, at least in part."""
        return self._sides.estimated

    @property
    def share(self) -> float:
        """Share of the bytes of the function in the middle."""
        return self.bytes / self._sides.bytes if self._sides.bytes else 0.0

    @cached_property
    def children(self) -> tuple[CallNode, ...]:
        """The nodes one step further away from the function, most bytes first."""
        merged: dict[object, list[tuple[int, int]]] = {}
        for place in self._outer() if self._outward else self._inner():
            merged.setdefault(self._sides.by_bytes.label(place[0]), []).append(place)
        calls = [CallNode(self._sides, places, self._outward) for places in merged.values()]
        return tuple(sorted(calls, key=lambda call: -call.bytes))

    def _outer(self) -> list[tuple[int, int]]:
        steps = [(self._sides.by_bytes.parent(node), counted) for node, counted in self._places]
        return [(node, counted) for node, counted in steps if node != ROOT]

    def _inner(self) -> list[tuple[int, int]]:
        return [(child, child) for node, _ in self._places for child in self._sides.by_bytes.children(node)]


class CallersCallees:
    """The two trees of a function; None if nothing was allocated below it in the window."""

    def __init__(self, function: str, by_bytes: FlameTree, by_allocs: FlameTree, estimated: bool = False) -> None:
        self.by_bytes = by_bytes
        self.estimated = estimated
        self.by_allocs = by_allocs
        entries = [(node, node) for node in by_bytes.entries(function)]
        self.bytes = sum(by_bytes.value(node) for node, _ in entries)
        self.callers = CallNode(self, entries, True) if entries else None
        self.callees = CallNode(self, entries, False) if entries else None

    @property
    def share(self) -> float:
        """Share of all bytes of the window."""
        whole = self.by_bytes.value(ROOT)
        return self.bytes / whole if whole else 0.0

    @property
    def seconds(self) -> float:
        """Length of the window."""
        return self.by_bytes.seconds

    @property
    def rates(self) -> tuple[float, float]:
        """Bytes and objects a second."""
        seconds = self.seconds
        allocs = self.callees.allocs if self.callees else 0
        return (self.bytes / seconds, allocs / seconds) if seconds > 0 else (0.0, 0.0)
