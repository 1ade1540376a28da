"""Columns of the tables on the stacks screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gotop import units
from gotop.model.values import Frame, SiteKey, StackRow
from gotop.ui.colours import Palette
from gotop.ui.screens.tree import Branch
from gotop.ui.text import Line, function_parts, left, location, right, width_of
from gotop.ui.views.sitecolumns import function_cells
from gotop.ui.widgets.columns import Column


@dataclass(frozen=True, slots=True)
class NumberedFrame:
    """A frame and its place in the stack, 0 being the innermost."""

    number: int
    frame: Frame
    site: bool


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack, and the callers that tell it from the site's other stacks, innermost first."""

    row: StackRow
    callers: tuple[str, ...]


def told_apart(rows: Sequence[StackRow], key: SiteKey) -> list[Stack]:
    """The stacks without the site itself and without the callers that all of them share."""
    outer = [_outside(row.frames, key) for row in rows]
    shared = _shared(outer) if len(rows) > 1 else 0
    names = [tuple(_short(frame.function) for frame in frames[shared:]) for frames in outer]
    return [Stack(row, callers) for row, callers in zip(rows, names, strict=True)]


def is_site(frame: Frame, key: SiteKey) -> bool:
    """Whether this frame is the call site."""
    return (frame.function, frame.file, frame.line) == (key.function, key.file, key.line)


def _outside(frames: tuple[Frame, ...], key: SiteKey) -> tuple[Frame, ...]:
    site = next((number for number, frame in enumerate(frames) if is_site(frame, key)), -1)
    return frames[site + 1 :] or frames[site:]


def _shared(stacks: Sequence[tuple[Frame, ...]]) -> int:
    shortest = min(map(len, stacks))
    for number in range(shortest):
        if any(stack[number] != stacks[0][number] for stack in stacks):
            return number
    return max(0, shortest - 1)


def _short(function: str) -> str:
    return "".join(function_parts(function.rpartition("/")[2], 80))


def _stack_name(stack: Stack, width: int, palette: Palette) -> Line:
    return [(left(" ‹ ".join(stack.callers), width), palette.text)]


def _stack_depth(stack: Stack, width: int, palette: Palette) -> Line:
    more = "+" if stack.row.cut else ""
    return [(right(f"{len(stack.row.frames)}{more}", width), palette.dim)]


def _stack_share(stack: Stack, width: int, palette: Palette) -> Line:
    return [(right(units.about(units.percent(stack.row.share), stack.row.estimated), width), palette.text)]


def _stack_bytes_s(stack: Stack, width: int, palette: Palette) -> Line:
    return [(right(units.about(units.size(stack.row.bytes_per_s), stack.row.estimated), width), palette.text)]


def _stack_allocs_s(stack: Stack, width: int, palette: Palette) -> Line:
    return [(right(units.about(units.count(stack.row.allocs_per_s), stack.row.estimated), width), palette.text)]


def _stack_bytes(stack: Stack, width: int, palette: Palette) -> Line:
    return [(right(units.about(units.size(stack.row.bytes), stack.row.estimated), width), palette.dim)]


STACK_COLUMNS: tuple[Column[Stack], ...] = (
    Column("name", "STACK", _stack_name, 20, 60, False, 0, comfort=34),
    Column("share", "SHARE", _stack_share, 7, rank=0),
    Column("bytes_per_s", "BYTES/S", _stack_bytes_s, 8, rank=1),
    Column("allocs_per_s", "ALLOCS/S", _stack_allocs_s, 8, rank=2),
    Column("bytes", "BYTES", _stack_bytes, 8, rank=5),
    Column("frames", "FRAMES", _stack_depth, 6, rank=4),
)


def _frame_function(row: NumberedFrame, width: int, palette: Palette) -> Line:
    mark = "↳ " if row.frame.inlined else "  "
    cells = function_cells(row.frame.function, max(0, width - 2), palette)
    if row.site:
        cells = [(text, palette.strong if style is palette.text else style) for text, style in cells]
    return [(mark, palette.kind), *cells]


def _frame_location(row: NumberedFrame, width: int, palette: Palette) -> Line:
    return [(left(location(row.frame.file, row.frame.line, width), width), palette.accent if row.site else palette.dim)]


def _frame_inlined(row: NumberedFrame, width: int, palette: Palette) -> Line:
    return [(left("inlined" if row.frame.inlined else "", width), palette.kind)]


FRAME_COLUMNS: tuple[Column[NumberedFrame], ...] = (
    Column("function", "  FRAME", _frame_function, 22, 60, False, 0),
    Column("location", "FILE:LINE", _frame_location, 14, 44, False, 1),
    Column("inlined", "", _frame_inlined, 7, 7, False, 2),
)


def _branch_name(row: Branch, width: int, palette: Palette) -> Line:
    mark = "▾ " if row.unfolded else "▸ " if row.node.children else "· "
    indent = "  " * min(row.depth, max(0, (width - 24) // 2))
    package, rest = function_parts(row.node.frame.function, max(1, width - len(indent) - 2))
    inlined = " ↳" if row.node.frame.inlined and width > 40 else ""
    line: Line = [
        (indent, palette.faint),
        (mark, palette.accent),
        (package, palette.dim),
        (rest, palette.text),
        (inlined, palette.kind),
    ]
    used = sum(width_of(text) for text, _ in line)
    if used > width:
        return [(left("".join(text for text, _ in line), width), palette.text)]
    return [*line, (" " * (width - used), palette.text)]


def _branch_location(row: Branch, width: int, palette: Palette) -> Line:
    return [(left(location(row.node.frame.file, row.node.frame.line, width), width), palette.dim)]


def _branch_share(row: Branch, width: int, palette: Palette) -> Line:
    return [(right(units.about(units.percent(row.node.share), row.node.estimated), width), palette.text)]


def _branch_bytes(row: Branch, width: int, palette: Palette) -> Line:
    return [(right(units.about(units.size(row.node.bytes), row.node.estimated), width), palette.text)]


def _branch_allocs(row: Branch, width: int, palette: Palette) -> Line:
    return [(right(units.about(units.count(row.node.allocs), row.node.estimated), width), palette.dim)]


TREE_COLUMNS: tuple[Column[Branch], ...] = (
    Column("name", "CALLED BY", _branch_name, 24, 70, False, 0),
    Column("location", "FILE:LINE", _branch_location, 14, 28, False, 3),
    Column("share", "SHARE", _branch_share, 7, rank=0),
    Column("bytes", "BYTES", _branch_bytes, 8, rank=1),
    Column("allocs", "ALLOCS", _branch_allocs, 7, rank=2),
)
