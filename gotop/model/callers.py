"""The tree of who called a site."""

from __future__ import annotations

from collections.abc import Sequence

from gotop.model.sites import site_index
from gotop.model.values import CallerNode, Frame, StackRow


class _Node:
    __slots__ = ("allocs", "bytes", "children", "estimated", "frame")

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.allocs = 0
        self.bytes = 0
        self.estimated = False
        self.children: dict[Frame, _Node] = {}


def caller_tree(stacks: Sequence[StackRow]) -> CallerNode | None:
    """The stacks of one site merged from the site outward; None without stacks. Frames inside the site are left out."""
    root: _Node | None = None
    for stack in stacks:
        outward = stack.frames[max(0, site_index(stack.frames)) :]
        if not outward:
            continue
        node = root = root or _Node(outward[0])
        _count(node, stack)
        for frame in outward[1:]:
            node = node.children.setdefault(frame, _Node(frame))
            _count(node, stack)
    return _freeze(root) if root else None


def _count(node: _Node, stack: StackRow) -> None:
    node.allocs += stack.allocs
    node.bytes += stack.bytes
    node.estimated |= stack.estimated


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
