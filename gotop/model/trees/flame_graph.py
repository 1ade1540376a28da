"""All stacks as one tree from the outermost frame to the call site, and the allocated type below it.

The tree only grows: each stack is put in once, when it is first asked for. A question costs one pass over the counts
and one over the nodes, whichever window it is about. An answer does not change when the tree grows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from gotop.model.counts.arrays import Indices, increase
from gotop.model.counts.snapshot import GroupIndex, Snapshot
from gotop.model.counts.stack_table import HEAPS, StackTable
from gotop.model.counts.timeline import Timeline
from gotop.model.queries import Hide, Window
from gotop.model.symbols.call_site import package_of
from gotop.model.symbols.packages import conceals
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.trees.calls_outward import calls_outward
from gotop.model.trees.sum_tree import SumTree
from gotop.model.trees.tree_limit import DEEPER
from gotop.model.values import Frame

ROOT = 0
OUTERMOST = "runtime.goexit"
ONLY = {Hide.NOTHING: "", Hide.RUNTIME: "only the runtime", Hide.STANDARD: "only the standard library"}
"""What stands for stacks that have no frame left."""

_BITS = 32
_NUMBER = (1 << _BITS) - 1


class CodeOrigin(Enum):
    """Whose code a node is. A type is the leaf below the site that allocates it."""

    MAIN = "main"
    STANDARD = "standard library"
    OTHER = "other packages"
    TYPE = "type"


@dataclass(frozen=True, slots=True)
class FlameQuery:
    """Asks for a flame graph, by bytes or by objects. `filter`: only stacks whose site matches. `hide`: frames to leave
    out; what they allocate belongs to their callers, and to a node of its own (`ONLY`) where there is none.
    """

    window: Window = Window.S10
    by_bytes: bool = True
    filter: str = ""
    hide: Hide = Hide.NOTHING


@dataclass(frozen=True, slots=True)
class FlameLabel:
    """What nodes are merged by: a function, or a type ("": the runtime has none)."""

    text: str
    origin: CodeOrigin


class _FlameNodes:
    """The growing tree. Nodes are numbers, a child's larger than its parent's, the root 0. `leaves`: the leaf of each
    row of the stack table, the root for rows that are not of the heap; `hidden`: functions that were left out.
    """

    def __init__(self, hide: Hide, most_nodes: int) -> None:
        self._most_nodes = most_nodes
        self.leaves = GroupIndex()
        self.hidden: set[str] = set()
        self._hide = hide
        self.nodes = SumTree()
        self.labels: list[FlameLabel] = [FlameLabel("all", CodeOrigin.OTHER)]
        self.frames: list[Frame | None] = [None]
        self._found: dict[int, int] = {}
        self._steps: dict[int, int] = {}
        """The node that a call at an address leads to, by the node it begins at and the address's number."""
        self._numbers: dict[str, int] = {}
        self._labels: list[FlameLabel] = []

    def add_stack(
        self, calls: Sequence[int], frames_of: Callable[[int], Sequence[Frame]], type_name: str, beyond: str = ""
    ) -> int:
        """Put a stack in, return its leaf. `calls`: numbers of its addresses from the site outward; `frames_of`: the
        frames of a number, innermost first, of the site's own without what it calls; `beyond`: what stands for frames
        farther out that were not kept.
        """
        node, steps = ROOT, self._steps
        if beyond:
            node = self._child(ROOT, beyond, Frame(beyond, "", 0, False))
        for number in reversed(calls):
            key = node << _BITS | (number & _NUMBER)
            below = steps.get(key) if number >= 0 else None
            if below is None:
                below = self._below(node, frames_of(number))
                if below is None:
                    return self._child(node, DEEPER, Frame(DEEPER, "", 0, False))
                if number >= 0:
                    steps[key] = below
            node = below
        if node == ROOT and self.hidden:
            node = self._child(node, ONLY[self._hide], Frame(ONLY[self._hide], "", 0, False))
        return self._child(node, type_name, None)

    def _below(self, node: int, frames: Sequence[Frame]) -> int | None:
        """Return the node that frames lead to, None if there is no room for it."""
        for frame in reversed(frames):
            if frame.function == OUTERMOST:
                continue
            if self._hide is not Hide.NOTHING and conceals(self._hide, frame):
                self.hidden.add(frame.function)
            elif len(self.nodes) >= self._most_nodes:
                return None
            else:
                node = self._child(node, frame.function, frame)
        return node

    def _child(self, parent: int, text: str, frame: Frame | None) -> int:
        label = self._number(text, frame is None)
        key = parent << _BITS | label
        node = self._found.get(key)
        if node is None:
            node = self._found[key] = self.nodes.add_node(parent)
            self.labels.append(self._labels[label])
            self.frames.append(frame)
        return node

    def _number(self, text: str, is_type: bool) -> int:
        known = self._numbers.get("type " + text if is_type else text)
        if known is None:
            known = self._numbers["type " + text if is_type else text] = len(self._labels)
            self._labels.append(FlameLabel(text, CodeOrigin.TYPE if is_type else origin_of(text)))
        return known


def origin_of(function: str) -> CodeOrigin:
    """Return whose code a function is."""
    package = package_of(function)
    if package == "main":
        return CodeOrigin.MAIN
    return CodeOrigin.OTHER if not package or "." in package.partition("/")[0] else CodeOrigin.STANDARD


class FlameTree:
    """One answer. Nodes are numbers that are valid in this answer only; `path` identifies one beyond it. `before`: the
    same tree with the figures between two marks.
    """

    def __init__(self, tree: _FlameNodes, values: list[int], seconds: float, query: FlameQuery) -> None:
        self._tree = tree
        self._values = values
        self.seconds = seconds
        self.query = query
        self.before: FlameTree | None = None

    def __len__(self) -> int:
        return len(self._values)

    @property
    def hidden(self) -> int:
        """Number of functions that are left out."""
        return len(self._tree.hidden)

    def value(self, node: int) -> int:
        """Return bytes or objects allocated below a node in the window."""
        return self._values[node]

    def rate(self, node: int) -> float:
        """Return the same a second."""
        return self._values[node] / self.seconds if self.seconds > 0 else 0.0

    def change(self, node: int) -> float | None:
        """Return the change of a node's rate from between the marks to after them: -1 (gone) to 1 (new), None without
        two marks.
        """
        if self.before is None:
            return None
        now, then = self.rate(node), self.before.rate(node)
        return (now - then) / max(now, then) if now or then else 0.0

    def label(self, node: int) -> FlameLabel:
        """Return a node's function or type."""
        return self._tree.labels[node]

    def frame(self, node: int) -> Frame | None:
        """Return the first frame that became this node, None for a type and the root."""
        return self._tree.frames[node]

    def parent(self, node: int) -> int:
        """Return the caller; the root's is itself."""
        return self._tree.nodes.parents[node]

    def children(self, node: int) -> list[int]:
        """Return the children that have a value, from A to Z: an order that new figures do not change."""
        values, count = self._values, len(self._values)
        found = [child for child in self._tree.nodes.children(node) if child < count and values[child] > 0]
        return sorted(found, key=lambda node: self._tree.labels[node].text)

    def entries(self, function: str) -> list[int]:
        """Return the nodes of a function that have a value and are not below another node of it."""
        tree, inside, found = self._tree, [False] * len(self._values), []
        for node, value in enumerate(self._values):
            inside[node] = inside[tree.nodes.parents[node]]
            if value and tree.frames[node] is not None and tree.labels[node].text == function:
                if not inside[node]:
                    found.append(node)
                inside[node] = True
        return found

    def path(self, node: int) -> tuple[FlameLabel, ...]:
        """Return the labels from below the root to a node."""
        labels = []
        while node != ROOT:
            labels.append(self._tree.labels[node])
            node = self._tree.nodes.parents[node]
        return tuple(reversed(labels))

    def find(self, path: Sequence[FlameLabel]) -> int:
        """Return the node of a path, or the last one on the way to it that has a value."""
        node = ROOT
        for label in path:
            found = next((child for child in self.children(node) if self.label(child) == label), None)
            if found is None:
                break
            node = found
        return node

    def matching(self, text: str) -> tuple[set[int], int]:
        """Return the nodes with a value whose label contains a text, case ignored, and what is allocated below them in
        all.
        """
        wanted, tree = text.casefold(), self._tree
        known: dict[FlameLabel, bool] = {}
        inside = [False] * len(self._values)
        nodes, total = set(), 0
        for node, value in enumerate(self._values):
            if not value or node == ROOT:
                continue
            label = tree.labels[node]
            if label not in known:
                known[label] = wanted in label.text.casefold()
            below = inside[tree.nodes.parents[node]]
            if known[label]:
                nodes.add(node)
                total += 0 if below else value
            inside[node] = below or known[label]
        return nodes, total


class FlameTrees:
    """Makes flame graphs from a stack table. `matching` returns the groups that pass a filter, None: all."""

    def __init__(self, table: StackTable, symbols: SymbolTable, matching: Callable[[str], Indices | None]) -> None:
        self._table = table
        self._symbols = symbols
        self._matching = matching
        self.forget_names()

    def forget_names(self) -> None:
        """Begin other trees: names have changed."""
        self._trees: dict[Hide, _FlameNodes] = {}

    def flame_tree(self, query: FlameQuery, timeline: Timeline) -> FlameTree:
        """Return the tree with the figures of a window."""
        tree = self._tree_without(query.hide)
        end, begin = timeline.current, timeline.window_start(query.window)
        flame = FlameTree(tree, self._values(tree, begin, end, query), end.at - begin.at, query)
        marks = timeline.set_marks
        if query.window is Window.MARK and len(marks) == 2 and marks[1].at > marks[0].at:
            seconds = marks[1].at - marks[0].at
            flame.before = FlameTree(tree, self._values(tree, marks[0], marks[1], query), seconds, query)
        return flame

    def _values(self, tree: _FlameNodes, begin: Snapshot, end: Snapshot, query: FlameQuery) -> list[int]:
        now, before = (end.stack_bytes, begin.stack_bytes) if query.by_bytes else (end.stack_allocs, begin.stack_allocs)
        grown, group_of = increase(now, before), self._table.group_of
        wanted = self._matching(query.filter) if query.filter else None
        if wanted is not None:
            grown[~np.isin(group_of[: len(grown)], wanted)] = 0
        own = tree.leaves.sum_by_group(np.maximum(grown, 0))
        own[:1] = 0  # the root's: of stacks that are none of the heap's
        values: list[int] = tree.nodes.sum_upward(own).tolist()
        return values

    def read_stacks(self, hide: Hide, at_most: int) -> tuple[int, int]:
        """Put up to `at_most` stacks more into a tree; return how many are in it then, and how many there are."""
        tree = self._tree_without(hide, at_most)
        return len(tree.leaves), len(self._table.rows)

    def _tree_without(self, hide: Hide, at_most: int | None = None) -> _FlameNodes:
        """Return the tree with all stacks that are known, or up to `at_most` more than it had. A tree that nobody asks
        for does not grow.
        """
        tree = self._trees.setdefault(hide, _FlameNodes(hide, self._table.room.nodes))
        stacks, read = self._table.rows, len(tree.leaves)
        for row in range(read, len(stacks) if at_most is None else min(len(stacks), read + at_most)):
            leaf = ROOT
            if stacks.kind(row) in HEAPS:
                calls, frames_of = calls_outward(stacks, row, self._symbols)
                leaf = tree.add_stack(
                    calls, frames_of, self._symbols.type_name(stacks.type(row)), self._table.beyond(row)
                )
            tree.leaves.add_row(leaf)
        return tree
