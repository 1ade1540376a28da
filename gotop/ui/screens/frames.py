"""Columns of the tables on the stacks screen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol

from gotop import units
from gotop.model.packages import conceals
from gotop.model.values import Frame, Hide, SiteKey
from gotop.ui.colours import Palette
from gotop.ui.screens.recursion import before_rounds, folded
from gotop.ui.text import Line, function_parts, left, location, right
from gotop.ui.views.sitecolumns import function_cells
from gotop.ui.widgets.columns import Column

LEAST = 20
"""Cells for the callers of a stack, at least."""


@dataclass(frozen=True, slots=True)
class NumberedFrame:
    """A frame and its place in the stack, 0 being the innermost."""

    number: int
    frame: Frame
    site: bool
    gap: bool = False


def numbered(frames: Sequence[Frame], key: SiteKey, hide: Hide) -> list[NumberedFrame]:
    """The frames of a stack without those to be hidden; the site stays. `gap`: some are left out before this one."""
    rows: list[NumberedFrame] = []
    for number, frame in enumerate(frames):
        site = is_site(frame, key)
        if site or not conceals(hide, frame):
            rows.append(NumberedFrame(number, frame, site, number > (rows[-1].number + 1 if rows else 0)))
    return rows


class Traced(Protocol):
    """Whatever has a stack: an allocation's, a `go` statement's, a goroutine stack's."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def frames(self) -> tuple[Frame, ...]: ...  # noqa: D102
    @property
    def cut(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack, and the callers that tell it from the site's other stacks, innermost first. `row`: what was counted of
    it, a `StackRow` or something else with `frames`. `alike`: one of another depth may begin with the same callers.
    """

    row: Any
    callers: tuple[str, ...]
    alike: bool = False


def told_apart(rows: Sequence[Traced], key: SiteKey, hide: Hide) -> list[Stack]:
    """The stacks without the site itself, without the callers that all of them share, and without hidden ones."""
    outer = [_outside(row.frames, key, hide) for row in rows]
    functions = [tuple([frame.function for frame in frames]) for frames in outer]
    shared = before_rounds(functions, _shared(outer)) if len(rows) > 1 else 0
    stacks = [Stack(row, folded(names[shared:], _short)) for row, names in zip(rows, functions, strict=True)]
    beginnings, depths = list(map(_beginning, stacks)), defaultdict[str, set[int]](set)
    for beginning, stack in zip(beginnings, stacks, strict=True):
        depths[beginning].add(len(stack.row.frames))
    return [
        replace(stack, alike=True) if len(depths[beginning]) > 1 else stack
        for beginning, stack in zip(beginnings, stacks, strict=True)
    ]


def _beginning(stack: Stack) -> str:
    """What is seen of its callers in the narrowest column, beside its depth."""
    return _callers(stack)[: LEAST - len(_depth(stack)) - 2]


def _callers(stack: Stack) -> str:
    return " ‹ ".join(stack.callers)


def _depth(stack: Stack) -> str:
    return f"{len(stack.row.frames)}{'+' if stack.row.cut else ''}"


def is_site(frame: Frame, key: SiteKey) -> bool:
    """Whether this frame is the call site."""
    return (frame.function, frame.file, frame.line) == (key.function, key.file, key.line)


def _outside(frames: tuple[Frame, ...], key: SiteKey, hide: Hide) -> tuple[Frame, ...]:
    site = next((number for number, frame in enumerate(frames) if is_site(frame, key)), -1)
    return tuple(frame for frame in frames[site + 1 :] if not conceals(hide, frame)) or frames[site:]


def _shared(stacks: Sequence[tuple[Frame, ...]]) -> int:
    shortest = min(map(len, stacks))
    for number in range(shortest):
        if any(stack[number] != stacks[0][number] for stack in stacks):
            return number
    return max(0, shortest - 1)


def _short(function: str) -> str:
    return "".join(function_parts(function.rpartition("/")[2], 80))


def _stack_name(stack: Stack, width: int, palette: Palette) -> Line:
    return [(left(_callers(stack), width), palette.text)]


def _stack_name_and_depth(stack: Stack, width: int, palette: Palette) -> Line:
    if not stack.alike:
        return _stack_name(stack, width, palette)
    depth = f" {_depth(stack)}{' deep' if width > LEAST + len(' deep') else ''}"
    return [(left(_callers(stack), width - len(depth)), palette.text), (depth, palette.dim)]


def _stack_depth(stack: Stack, width: int, palette: Palette) -> Line:
    return [(right(_depth(stack), width), palette.dim)]


def _stack_share(stack: Stack, width: int, palette: Palette) -> Line:
    return [(right(units.about(units.percent(stack.row.share), stack.row.estimated), width), palette.text)]


def _stack_bytes_s(stack: Stack, width: int, palette: Palette) -> Line:
    return [(right(units.about(units.size(stack.row.bytes_per_s), stack.row.estimated), width), palette.text)]


def _stack_allocs_s(stack: Stack, width: int, palette: Palette) -> Line:
    return [(right(units.about(units.count(stack.row.allocs_per_s), stack.row.estimated), width), palette.text)]


def _stack_bytes(stack: Stack, width: int, palette: Palette) -> Line:
    return [(right(units.about(units.size(stack.row.bytes), stack.row.estimated), width), palette.dim)]


def _stack_waste(stack: Stack, width: int, palette: Palette) -> Line:
    return [(right(units.size(stack.row.waste), width), palette.dim)]


def _stack_path(stack: Stack, width: int, palette: Palette) -> Line:
    return [(left(stack.row.path, width), palette.dim)]


STACK_COLUMNS: tuple[Column[Stack], ...] = (
    Column("name", "STACK", _stack_name, LEAST, 60, False, 0, comfort=34, without=("frames", _stack_name_and_depth)),
    Column("share", "SHARE", _stack_share, 7, rank=0),
    Column("bytes_per_s", "BYTES/S", _stack_bytes_s, 8, rank=1),
    Column("allocs_per_s", "ALLOCS/S", _stack_allocs_s, 8, rank=2),
    Column("bytes", "BYTES", _stack_bytes, 8, rank=5),
    Column("frames", "FRAMES", _stack_depth, 6, rank=4),
    Column("waste", "ROUNDING", _stack_waste, 8, rank=6),
    Column("path", "PATH", _stack_path, 22, 22, False, 7),
)


def _frame_function(row: NumberedFrame, width: int, palette: Palette) -> Line:
    mark = "⋮ " if row.gap else "↳ " if row.frame.inlined else "  "
    cells = function_cells(row.frame.function, max(0, width - 2), palette)
    if row.site:
        cells = [(text, palette.strong if style is palette.text else style) for text, style in cells]
    return [(mark, palette.kind), *cells]


def _frame_location(row: NumberedFrame, width: int, palette: Palette) -> Line:
    return [(left(location(row.frame.file, row.frame.line, width), width), palette.accent if row.site else palette.dim)]


def _frame_inlined(row: NumberedFrame, width: int, palette: Palette) -> Line:
    return [(left("inlined" if row.frame.inlined else "", width), palette.kind)]


@lru_cache(maxsize=64)
def frame_columns(hidden: int, all_of_them: int) -> tuple[Column[NumberedFrame], ...]:
    """The columns, with how many of the frames are hidden in their title."""
    title = f"  FRAME, {hidden} of {all_of_them} hidden" if hidden else "  FRAME"
    return (
        Column("function", title, _frame_function, 22, 60, False, 0),
        Column("location", "FILE:LINE", _frame_location, 14, 44, False, 1),
        Column("inlined", "", _frame_inlined, 7, 7, False, 2),
    )
