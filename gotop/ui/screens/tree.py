"""A tree of callers as lines: which are unfolded, and in what order they stand. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from gotop.model.values import CallerNode, Frame

Path = tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of the tree: a caller, how deep it stands, and whether more stands behind it.

    `run`: frames that follow it without a fork are their own lines, but no deeper, so that a long chain stays readable.
    """

    path: Path
    node: CallerNode
    depth: int
    unfolded: bool
    last: bool


@dataclass
class Folding:
    """Which branches are open: those chosen, and at first the most travelled way."""

    chosen: dict[Path, bool] = field(default_factory=dict)

    def is_open(self, path: Path, node: CallerNode, hot: bool) -> bool:
        """Chosen by hand, or on the way most bytes came."""
        return bool(node.children) and self.chosen.get(path, hot)

    def set(self, path: Path, unfolded: bool) -> None:
        """Open or close by hand."""
        self.chosen[path] = unfolded


def flatten(root: CallerNode | None, folding: Folding) -> list[Branch]:
    """Lines of the tree from the site outward; a caller that is the only one stands no deeper than its callee."""
    lines: list[Branch] = []
    if root is None:
        return lines
    todo: list[tuple[CallerNode, Path, int, bool, bool]] = [(root, (root.frame,), 0, True, True)]
    while todo:
        node, path, depth, hot, last = todo.pop()
        unfolded = folding.is_open(path, node, hot)
        lines.append(Branch(path, node, depth, unfolded, last))
        if unfolded:
            forks = len(node.children) > 1
            for index in reversed(range(len(node.children))):
                child = node.children[index]
                warm = hot and (index == 0 or child.share >= 0.2)
                todo.append((child, (*path, child.frame), depth + forks, warm, index == len(node.children) - 1))
    return lines
