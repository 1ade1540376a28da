"""A tree of calls: which lines are unfolded and in what order they stand, and the table that shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar, Protocol

from textual.binding import BindingType

from gotop import units
from gotop.model.queries import Hide, Window
from gotop.model.values import Frame
from gotop.ui import keys
from gotop.ui.colours import Palette
from gotop.ui.frame.hiding import HIDE_WORDS
from gotop.ui.frame.time_windows import WINDOW_TITLES
from gotop.ui.text import Line, function_parts, left, location, right, type_name, width_of
from gotop.ui.widgets.columns import Column
from gotop.ui.widgets.line_table import LineTable
from gotop.ui.widgets.rows import ListRows

CallPath = tuple[Frame, ...]

ALLOCS = "ALLOCS"
SINCE_MARK = "since mark"


class CallTreeNode(Protocol):
    """`CallerNode` and `Call`."""

    @property
    def frame(self) -> Frame:
        """The function; for a type its name."""

    @property
    def type(self) -> bool:
        """Whether it stands for a type instead of a function."""

    @property
    def allocs(self) -> int:
        """Objects allocated."""

    @property
    def bytes(self) -> int:
        """Bytes allocated."""

    @property
    def share(self) -> float:
        """Share of the root's bytes, 0 to 1."""

    @property
    def estimated(self) -> bool:
        """Whether the figures are made of samples, at least in part."""

    @property
    def children(self) -> Sequence[CallTreeNode]:
        """The nodes below it."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of the tree: a function, how deep it stands, and whether more stands behind it.

    Frames that follow it without a fork are their own lines, but no deeper, so that a long chain stays readable.
    `seconds`: the span whose rates are shown; 0: amounts are shown instead.
    """

    path: CallPath
    node: CallTreeNode
    depth: int
    unfolded: bool
    seconds: float = 0.0

    def per_second(self, amount: int) -> float:
        """Write an amount as a rate, or as it is where amounts are shown."""
        return amount / self.seconds if self.seconds > 0 else amount


@dataclass
class Folding:
    """Which branches are open: those chosen, and at first the most travelled way."""

    chosen: dict[CallPath, bool] = field(default_factory=dict)

    def is_open(self, path: CallPath, node: CallTreeNode, hot: bool) -> bool:
        """Return whether a branch is unfolded: by hand, or because most bytes came that way."""
        return self.chosen.get(path, hot) and bool(node.children)

    def set(self, path: CallPath, unfolded: bool) -> None:
        """Unfold or fold a branch by hand."""
        self.chosen[path] = unfolded


def flatten(root: CallTreeNode | None, folding: Folding, seconds: float = 0.0) -> list[Branch]:
    """Return the lines of the tree from the root on; an only child stands no deeper than its parent."""
    lines: list[Branch] = []
    if root is None:
        return lines
    todo: list[tuple[CallTreeNode, CallPath, int, bool]] = [(root, (root.frame,), 0, True)]
    while todo:
        node, path, depth, hot = todo.pop()
        unfolded = folding.is_open(path, node, hot)
        lines.append(Branch(path, node, depth, unfolded, seconds))
        if unfolded:
            forks = len(node.children) > 1
            for index in reversed(range(len(node.children))):
                child = node.children[index]
                warm = hot and (index == 0 or child.share >= 0.2)
                todo.append((child, (*path, child.frame), depth + forks, warm))
    return lines


class CallTree(LineTable[CallPath, Branch]):
    """A table of a tree of calls, whose branches unfold."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.TREE]

    def __init__(
        self, title: str, clock: Callable[[], float], *, id: str, marks_idle: bool = False, counted: str = ALLOCS
    ) -> None:
        super().__init__(tree_columns(title, counted), clock, id=id, marks_idle=marks_idle)
        self._counted = counted
        self._folding = Folding()
        self._root: CallTreeNode | None = None
        self._seconds = 0.0

    def show_tree(self, root: CallTreeNode | None, title: str, seconds: float = 0.0) -> None:
        """Take new figures, and what the column of functions is called. `seconds`: they are of such a span, and shown
        as rates; 0: since the start.
        """
        self._root, self._seconds = root, seconds
        self.use(tree_columns(title, self._counted, seconds > 0))
        self._show_branches()

    def _show_branches(self) -> None:
        branches = flatten(self._root, self._folding, self._seconds)
        self.show(ListRows[CallPath, Branch](branches, lambda row: row.path))

    def action_expand(self, unfold: bool) -> None:
        """Unfold or fold; folding what is folded already goes to the branch it hangs from."""
        branch = self.cursor_row
        if branch is None:
            return
        if not unfold and not branch.unfolded and len(branch.path) > 1:
            self.move_to_key(branch.path[:-1])
        else:
            self._folding.set(branch.path, unfold)
        self.release()
        self._show_branches()
        self._moved()


def _name(row: Branch, width: int, palette: Palette) -> Line:
    mark = "▾ " if row.unfolded else "▸ " if row.node.children else "· "
    indent = "  " * min(row.depth, max(0, (width - 24) // 2))
    start: Line = [(indent, palette.faint), (mark, palette.accent)]
    room = max(1, width - len(indent) - 2)
    if row.node.type:
        return [*start, (left(type_name(row.node.frame.function, room), room), palette.kind)]
    package, rest = function_parts(row.node.frame.function, room)
    inlined = " ↳" if row.node.frame.inlined and width > 40 else ""
    line: Line = [*start, (package, palette.dim), (rest, palette.text), (inlined, palette.kind)]
    used = sum(width_of(text) for text, _ in line)
    if used > width:
        return [(left("".join(text for text, _ in line), width), palette.text)]
    return [*line, (" " * (width - used), palette.text)]


def _location(row: Branch, width: int, palette: Palette) -> Line:
    text = "" if row.node.type else location(row.node.frame.file, row.node.frame.line, width)
    return [(left(text, width), palette.dim)]


def _share(row: Branch, width: int, palette: Palette) -> Line:
    return [(right(units.about(units.percent(row.node.share), row.node.estimated), width), palette.text)]


def _bytes(row: Branch, width: int, palette: Palette) -> Line:
    return [(right(units.about(units.size(row.per_second(row.node.bytes)), row.node.estimated), width), palette.text)]


def _allocs(row: Branch, width: int, palette: Palette) -> Line:
    return [(right(units.about(units.count(row.per_second(row.node.allocs)), row.node.estimated), width), palette.dim)]


def title_of(what: str, window: Window, hide: Hide) -> str:
    """Return the title: what a tree shows, of which window, and what it hides."""
    words = [what, SINCE_MARK if window is Window.MARK else WINDOW_TITLES[window], HIDE_WORDS[hide]]
    return ", ".join(word for word in words if word)


@lru_cache(maxsize=32)
def tree_columns(title: str, counted: str = ALLOCS, rates: bool = False) -> tuple[Column[Branch], ...]:
    """Return the columns, that of the functions under this title. What is no allocation has no bytes."""
    per = "/S" if rates else ""
    sized = (Column("bytes", "BYTES" + per, _bytes, 8, rank=1),) if counted == ALLOCS else ()
    return (
        Column("name", title, _name, 24, 70, False, 0),
        Column("location", "FILE:LINE", _location, 14, 28, False, 3),
        Column("share", "SHARE", _share, 7, rank=0),
        *sized,
        Column("allocs", counted + per, _allocs, max(7, len(counted + per)), rank=2),
    )
