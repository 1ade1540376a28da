"""Columns of the tables on the stacks screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from rich.style import Style

from gotop import units
from gotop.model.counts.stack_store import NOT_SAMPLED
from gotop.model.queries import Hide
from gotop.model.symbols.packages import conceals
from gotop.model.values import Frame, SiteKey
from gotop.ui.colours import Palette
from gotop.ui.frame.common_columns import function_cells
from gotop.ui.stacks.distinguish_stacks import BETWEEN, LEAST, Stack, depth_of, is_site
from gotop.ui.text import Line, left, location, right, width_of
from gotop.ui.widgets.columns import Column


@dataclass(frozen=True, slots=True)
class NumberedFrame:
    """A frame and its place in the stack, 0 being the innermost."""

    number: int
    frame: Frame
    site: bool
    gap: bool = False


def numbered(frames: Sequence[Frame], key: SiteKey, hide: Hide, beyond: str = "") -> list[NumberedFrame]:
    """Return the frames of a stack without those to be hidden; the site stays. `gap`: some are left out before this
    one; `beyond`: what stands for frames farther out that were not kept.
    """
    rows: list[NumberedFrame] = []
    for number, frame in enumerate(frames):
        site = is_site(frame, key)
        if site or not conceals(hide, frame):
            rows.append(NumberedFrame(number, frame, site, number > (rows[-1].number + 1 if rows else 0)))
    if beyond:
        rows.append(NumberedFrame(len(frames), Frame(beyond, "", 0, False), False))
    return rows


def _unsampled(stack: Stack) -> bool:
    return getattr(stack.row, "unsampled", False)  # rows of goroutines' stacks have no such thing


def _callers(stack: Stack, width: int) -> str:
    """Write as many callers as fill so many cells: deep stacks have hundreds, and fitting text costs by its length."""
    names, filled = list[str](), -len(BETWEEN)
    for name in chain(stack.callers, filter(None, [stack.row.beyond])):
        names.append(name)
        filled += len(BETWEEN) + width_of(name)
        if filled > width:
            break
    return left(BETWEEN.join(names), width)


def _depth(stack: Stack) -> str:
    return depth_of(len(stack.row.frames), stack.row.cut, stack.row.short)


def _stack_name(stack: Stack, width: int, palette: Palette) -> Line:
    if _unsampled(stack):
        return [(left(NOT_SAMPLED, width), palette.dim)]
    return [(_callers(stack, width), palette.text)]


def _stack_name_and_depth(stack: Stack, width: int, palette: Palette) -> Line:
    if _unsampled(stack) or not (stack.alike or stack.row.short):
        return _stack_name(stack, width, palette)
    depth = f" {_depth(stack)}{' deep' if width > LEAST + len(' deep') else ''}"
    return [(_callers(stack, width - len(depth)), palette.text), (depth, _depth_style(stack, palette))]


def _depth_style(stack: Stack, palette: Palette) -> Style:
    return palette.warn if stack.row.short else palette.dim


def _stack_depth(stack: Stack, width: int, palette: Palette) -> Line:
    return [(right(_depth(stack), width), _depth_style(stack, palette))]


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
    """Return the columns, with how many of the frames are hidden in their title."""
    title = f"  FRAME, {hidden} of {all_of_them} hidden" if hidden else "  FRAME"
    return (
        Column("function", title, _frame_function, 22, 60, False, 0),
        Column("location", "FILE:LINE", _frame_location, 14, 44, False, 1),
        Column("inlined", "", _frame_inlined, 7, 7, False, 2),
    )
