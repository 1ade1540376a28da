"""Which lines of a tree of calls are unfolded."""

from __future__ import annotations

from gotop.model.trees.caller_tree import CallerNode
from gotop.model.values import Frame
from gotop.ui.frame.call_tree import Folding, flatten


def test_tree_opens_the_most_travelled_way() -> None:
    def node(name: str, share: float, *children: CallerNode) -> CallerNode:
        return CallerNode(Frame(name, "f.go", 1, False), 1, 1, share, children)

    root = node("site", 1.0, node("a", 0.9, node("b", 0.9)), node("c", 0.1, node("d", 0.1)))
    folding = Folding()
    assert [(line.node.frame.function, line.depth) for line in flatten(root, folding)] == [
        ("site", 0), ("a", 1), ("b", 1), ("c", 1),
    ]  # fmt: skip
    folding.set((root.frame, root.children[1].frame), True)
    folding.set((root.frame, root.children[0].frame), False)
    assert [line.node.frame.function for line in flatten(root, folding)] == ["site", "a", "c", "d"]
    assert flatten(None, folding) == []
