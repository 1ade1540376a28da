"""The tree of who called a site."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from gotop.model.packages import conceals
from gotop.model.runtime_values import RuntimeStack
from gotop.model.sites import site_index, statement_index
from gotop.model.values import CallerNode, Frame, Hide

Counted: TypeAlias = tuple[tuple[Frame, ...], int, int, bool]
"""A stack's frames, its objects and bytes in some span, and whether these are from samples."""


class _Node:
    __slots__ = ("allocs", "bytes", "children", "estimated", "frame")

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.allocs = 0
        self.bytes = 0
        self.estimated = False
        self.children: dict[Frame, _Node] = {}


def caller_tree(stacks: Iterable[Counted], hide: Hide = Hide.NOTHING) -> CallerNode | None:
    """The stacks of one site merged from the site outward; None without stacks. Frames inside the site are left out,
    and of its callers those that are to be hidden. Equals stay in the order of `stacks`.
    """
    outward = [(frames[max(0, site_index(frames)) :], allocs, size, about) for frames, allocs, size, about in stacks]
    return _merged(outward, hide)


def count_tree(stacks: Sequence[RuntimeStack], hide: Hide = Hide.NOTHING) -> CallerNode | None:
    """Stacks that have nothing but a count, merged from the place outward where they are counted."""
    outward = [(stack.frames[max(0, statement_index(stack.frames)) :], stack.count) for stack in stacks]
    return _merged([(frames, count, count, False) for frames, count in outward], hide)


def _merged(stacks: Iterable[Counted], hide: Hide) -> CallerNode | None:
    root: _Node | None = None
    for outward, allocs, size, estimated in stacks:
        if not outward:
            continue
        node = root = root or _Node(outward[0])
        _count(node, allocs, size, estimated)
        for frame in outward[1:]:
            if hide is not Hide.NOTHING and conceals(hide, frame):
                continue
            node = node.children.setdefault(frame, _Node(frame))
            _count(node, allocs, size, estimated)
    return _freeze(root) if root else None


def _count(node: _Node, allocs: int, size: int, estimated: bool) -> None:
    node.allocs += allocs
    node.bytes += size
    node.estimated |= estimated


def _freeze(root: _Node) -> CallerNode:
    """Without recursion: stacks may be deeper than Python's own."""
    order = [root]
    for node in order:
        order.extend(node.children.values())
    frozen: dict[int, CallerNode] = {}
    for node in reversed(order):
        children = sorted((frozen.pop(id(child)) for child in node.children.values()), key=lambda child: -child.bytes)
        share = node.bytes / root.bytes if root.bytes else 0.0
        frozen[id(node)] = CallerNode(node.frame, node.allocs, node.bytes, share, tuple(children), node.estimated)
    return frozen[id(root)]
