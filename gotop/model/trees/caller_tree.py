"""The callers of a site as a tree from it outward."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from gotop.agent.protocol import SAMPLE, SITE_SAMPLE
from gotop.model.counts.arrays import Column, increase, indices, padded
from gotop.model.counts.room import Room
from gotop.model.counts.snapshot import GroupIndex, Snapshot
from gotop.model.counts.stack_table import StackTable
from gotop.model.queries import Hide
from gotop.model.symbols.call_site import statement_index
from gotop.model.symbols.packages import conceals
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.trees.calls_outward import FramesOf, calls_outward
from gotop.model.trees.sum_tree import SumTree
from gotop.model.trees.tree_limit import DEEPER
from gotop.model.values import Frame

ROOT = 0
_BITS = 32
_NUMBER = (1 << _BITS) - 1
_USUAL = Room()
_DEEPER_FRAME = Frame(DEEPER, "", 0, False)


@dataclass(frozen=True, slots=True)
class CallerNode:
    """A frame and its callers, most bytes first. Figures of the window asked for; `share` of the root's bytes in it;
    `estimated`: from samples, at least in part.
    """

    type: ClassVar[bool] = False
    frame: Frame
    allocs: int
    bytes: int
    share: float
    children: tuple[CallerNode, ...]
    estimated: bool = False


class CallerTree:
    """Stacks of one site, merged from it outward. Each stack is put in once; a question costs one pass over the counts.

    Attributes:
        members: the rows that are to be in it, if it is made of a site's.
        read: how many have been put in.
        frames: the frame of each node.
        estimated: nodes with counts of samples.
    """

    def __init__(self, hide: Hide, members: Sequence[int] = (), most_nodes: int = _USUAL.nodes) -> None:
        self._most_nodes = most_nodes
        self.members = members
        self.read = 0
        self.nodes = SumTree()
        self.frames: list[Frame] = []
        self.estimated: set[int] = set()
        self._hide = hide
        self._found: dict[int, int] = {}
        self._steps: dict[int, int] = {}
        """The node that a caller's address leads to, by the node it begins at and the address's number."""
        self._numbers: dict[Frame, int] = {}
        self._same: dict[int, tuple[int, Frame]] = {}
        self._beyond: dict[str, Frame] = {}
        self._ends = GroupIndex()
        self._stacks: list[int] = []

    def add_stack(self, stack: int, outward: Sequence[Frame], estimated: bool = False) -> None:
        """Put a stack in: its row in the columns to be summed, and its frames from the site outward."""
        self.read += 1
        if not outward:
            return
        if not self.frames:
            self.frames.append(outward[0])
        node = ROOT
        way = [ROOT]
        for frame in outward[1:]:
            number = self._number(frame)
            if number >= 0:
                node = self._child(node, number, frame)
                way.append(node)
        self._stacks.append(stack)
        self._ends.add_row(node)
        if estimated:
            self.estimated.update(way)

    def add_calls(
        self, stack: int, calls: Sequence[int], frames_of: FramesOf, estimated: bool, of_exact: bool = False,
        beyond: str = "",
    ) -> None:  # fmt: skip
        """Put a stack in, as `add_stack` does, by the numbers of its addresses: see `calls_outward`. `of_exact`: it is
        a part of what was counted exactly, so that the sum of all is no estimate; `beyond`: what stands for frames
        farther out that were not kept.
        """
        self.read += 1
        if not calls:
            return
        node, way, begins = ROOT, [ROOT], True
        for number in calls:
            key = node << _BITS | (number & _NUMBER)
            above = self._steps.get(key) if number >= 0 else None
            if above is None:
                above = self._above(node, frames_of(number), begins)
                if above is None:
                    node = self._child(node, self._number(_DEEPER_FRAME), _DEEPER_FRAME)
                    way.append(node)
                    break
                if number >= 0:
                    self._steps[key] = above
            node, begins = above, False
            if estimated:
                way.append(node)
        else:
            if beyond:
                frame = self._beyond.setdefault(beyond, Frame(beyond, "", 0, False))
                node = self._child(node, self._number(frame), frame)
                way.append(node)
        self._stacks.append(stack)
        self._ends.add_row(node)
        if estimated:
            upward = set[int]().union(*map(self._upward, way))
            self.estimated.update(upward - {ROOT} if of_exact else upward)

    def _upward(self, node: int) -> list[int]:
        way = [node]
        while node != ROOT:
            node = self.nodes.parents[node]
            way.append(node)
        return way

    def _above(self, node: int, frames: Sequence[Frame], begins: bool) -> int | None:
        """Return the node that callers lead to, None if there is no room. `begins`: the first is the site."""
        if begins and frames and not self.frames:
            self.frames.append(frames[0])
        for frame in frames[1:] if begins else frames:
            number = self._number(frame)
            if number >= 0:
                if len(self.nodes) >= self._most_nodes:
                    return None
                node = self._child(node, number, frame)
        return node

    def _number(self, frame: Frame) -> int:
        """Return the same number for equal frames, -1 for a frame to be hidden. Looked up by the object's id: most
        frames come often, and hashing one takes longer than all else there is to do.
        """
        known = self._same.get(id(frame))
        if known is None:
            hidden = self._hide is not Hide.NOTHING and conceals(self._hide, frame)
            number = -1 if hidden else self._numbers.setdefault(frame, len(self._numbers))
            self._same[id(frame)] = known = (number, frame)  # with the frame, so that no other has its id
        return known[0]

    def _child(self, parent: int, number: int, frame: Frame) -> int:
        key = parent << _BITS | number
        node = self._found.get(key)
        if node is None:
            node = self._found[key] = self.nodes.add_node(parent)
            self.frames.append(frame)
        return node

    def sum_by_node(self, column: Column) -> Column:
        """Sum a column of rows by node."""
        stacks = indices(self._stacks)
        own = padded(column, int(stacks.max(initial=-1)) + 1)[stacks]
        return self.nodes.sum_upward(self._ends.sum_by_group(own))


@dataclass(frozen=True, eq=False)
class CallerSums:
    """Sums of one answer by node, in a span and in all. They do not change when the tree grows."""

    tree: CallerTree
    allocs: Column
    bytes: Column
    all_allocs: Column
    all_bytes: Column

    def below(self, node: int) -> list[int]:
        """Return the children of a node that have ever counted anything, most bytes in the span first, then most in
        all. Those with nothing in the span stay, so that the node one looks at does not come and go.
        """
        nodes = indices(self.tree.nodes.children(node))
        nodes = nodes[nodes < len(self.all_allocs)]
        nodes = nodes[self.all_allocs[nodes] > 0]
        order: list[int] = nodes[np.lexsort((-self.all_bytes[nodes], -self.bytes[nodes]))].tolist()
        return order


class LazyCallerNode:
    """A node with the interface of `CallerNode`, whose children are made when they are asked for."""

    type = False

    def __init__(self, answer: CallerSums, node: int) -> None:
        self._answer = answer
        self._node = node

    @property
    def frame(self) -> Frame:
        """The function and the line in it."""
        return self._answer.tree.frames[self._node]

    @property
    def allocs(self) -> int:
        return int(self._answer.allocs[self._node])

    @property
    def bytes(self) -> int:
        return int(self._answer.bytes[self._node])

    @property
    def share(self) -> float:
        """Share of the root's bytes."""
        whole = int(self._answer.bytes[ROOT])
        return self.bytes / whole if whole else 0.0

    @property
    def estimated(self) -> bool:
        """Whether the figures are from samples, at least in part."""
        return self._node in self._answer.tree.estimated

    @cached_property
    def children(self) -> tuple[LazyCallerNode, ...]:
        """Its callers, most bytes first."""
        return tuple([LazyCallerNode(self._answer, node) for node in self._answer.below(self._node)])


class CallerTrees:
    """The trees of a stack table's sites, made when they are first asked for; the last few are kept."""

    KEEP = 4

    def __init__(self, table: StackTable, symbols: SymbolTable) -> None:
        self._table = table
        self._symbols = symbols
        self._trees: dict[tuple[int, Hide], CallerTree] = {}

    def callers_of(self, group: int, hide: Hide, begin: Snapshot, end: Snapshot) -> LazyCallerNode | None:
        """Return the callers of a site with the figures of a span, None if it has no stacks."""
        tree = self._tree_of(group, hide)
        grown = (
            np.maximum(increase(now, before), 0)
            for now, before in ((end.stack_allocs, begin.stack_allocs), (end.stack_bytes, begin.stack_bytes))
        )
        answer = CallerSums(tree, *map(tree.sum_by_node, (*grown, end.stack_allocs, end.stack_bytes)))
        return LazyCallerNode(answer, ROOT) if answer.all_allocs[ROOT] > 0 else None

    def read_stacks(self, group: int, hide: Hide, at_most: int) -> tuple[int, int]:
        """Put up to `at_most` stacks more into a tree; return how many are in it then, and how many there are."""
        return self._tree_of(group, hide, at_most).read, len(self._table.members[group])

    def _tree_of(self, group: int, hide: Hide, at_most: int | None = None) -> CallerTree:
        members = self._table.members[group]
        tree = self._trees.pop((group, hide), None)
        if tree is None or tree.members is not members:  # names have changed
            tree = CallerTree(hide, members, self._table.room.nodes)
        for row in members[tree.read : None if at_most is None else tree.read + at_most]:
            calls, frames_of = calls_outward(self._table.rows, row, self._symbols)
            kind, beyond = self._table.rows.kind(row), self._table.beyond(row)
            tree.add_calls(row, calls, frames_of, kind in (SAMPLE, SITE_SAMPLE), kind == SITE_SAMPLE, beyond)
        self._trees[group, hide] = tree
        while len(self._trees) > self.KEEP:
            del self._trees[next(iter(self._trees))]
        return tree


def count_tree(stacks: Iterable[tuple[Sequence[Frame], int]], hide: Hide = Hide.NOTHING) -> LazyCallerNode | None:
    """Merge stacks (innermost frame first) that have nothing but a count, from the place outward at which they are
    counted.
    """
    tree, counts = CallerTree(hide), list[int]()
    for frames, count in stacks:
        tree.add_stack(len(counts), frames[max(0, statement_index(frames)) :])
        counts.append(count)
    sums = tree.sum_by_node(np.array(counts, np.int64))
    return LazyCallerNode(CallerSums(tree, sums, sums, sums, sums), ROOT) if tree.frames else None
