"""Which way allocations go through the allocator, its size classes, and what rounding up to them loses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gotop import units
from gotop.model.queries import Hide
from gotop.model.runtime.site_shares import SiteShare
from gotop.model.runtime.size_classes import PathShare, SizeClass
from gotop.model.sites.filter_query import FilterText
from gotop.model.symbols.packages import conceals
from gotop.ui.colours import Palette
from gotop.ui.frame import blocks, common_columns
from gotop.ui.frame.blocks import SIDE, beside
from gotop.ui.frame.list_view import ListView, Page
from gotop.ui.frame.status_text import no_reading
from gotop.ui.graph import bar
from gotop.ui.text import Line, left, right
from gotop.ui.widgets.columns import Column

NOTHING = "Nothing has been allocated yet"
NAME, FIGURE, WIDEST = 23, 9, 140
HEADS = ("ALLOCS", "BYTES", "SHARE", "ROUNDING")
"""Figures of the ways, the last ones left out first."""


def class_name(size: int) -> str:
    """What a size class is called."""
    return "large" if size == 0 else "several" if size < 0 else f"{size:,} B"


def _about(row: SizeClass, text: str) -> str:
    """Which class a stack's objects are of is an estimate where they are of a small one."""
    return units.about(text, bool(row.asked) and row.size > 0)


def _of_class(row: SizeClass, text: str) -> str:
    """The runtime counts by class: of what is of several, nothing is its."""
    return text if row.size >= 0 else units.UNKNOWN


CLASSES: tuple[Column[SizeClass], ...] = (
    common_columns.figure("size", "CLASS", lambda row: class_name(row.size), 0, 8, strong=True),
    common_columns.figure("live_bytes", "ALIVE BYTES",
                          lambda row: _of_class(row, units.size(row.live_bytes)), 0, strong=True),
    common_columns.figure("live", "ALIVE", lambda row: _of_class(row, units.count(row.live)), 0),
    common_columns.figure("mallocs_per_s", "ALLOCS/S", lambda row: _of_class(row, units.count(row.mallocs_per_s)), 1,
                 strong=True),
    common_columns.figure("mallocs", "ALLOCS", lambda row: _of_class(row, units.count(row.mallocs)), 3),
    common_columns.figure("bytes", "BYTES", lambda row: _of_class(row, units.size(row.bytes)), 4, 8),
    common_columns.figure("frees", "FREED", lambda row: _of_class(row, units.count(row.frees)), 6),
    common_columns.figure("waste", "ROUNDING", lambda row: _about(row, units.size(row.waste)), 1),
    common_columns.figure("lost", "LOST", lambda row: _about(row, units.percent(row.lost)), 2, 9),
    common_columns.figure("asked", "COUNTED", lambda row: units.count(row.asked), 7),
)  # fmt: skip
PATHS: tuple[Column[PathShare], ...] = (
    common_columns.text("path", "PATH", lambda row, width: row.path, 22, 30, 0),
    common_columns.figure("allocs", "ALLOCS", lambda row: units.count(row.allocs), 0),
    common_columns.figure("bytes", "BYTES", lambda row: units.size(row.bytes), 0, 8, strong=True),
    common_columns.figure("share", "SHARE", lambda row: units.percent(row.share), 0, 8),
    common_columns.figure("waste", "ROUNDING", lambda row: units.size(row.waste), 1),
)
SITES: tuple[Column[SiteShare], ...] = (
    *common_columns.of_sites(comfort=28, place_rank=1),
    common_columns.figure("waste", "ROUNDING", lambda row: units.size(row.waste), 0, strong=True),
    common_columns.figure("share", "OF ALL", lambda row: units.percent(row.share), 0),
    common_columns.figure("lost", "LOST", lambda row: units.percent(row.lost), 2, 8),
    common_columns.figure("bytes", "BYTES", lambda row: units.size(row.bytes), 3, 8),
    common_columns.figure("allocs", "ALLOCS", lambda row: units.count(row.allocs), 3),
    common_columns.figure("average", "AVERAGE", lambda row: units.size(row.average), 5),
)


class SizesView(ListView):
    """Ways and size classes."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._answers: dict[str, tuple[object, Sequence[Any]]] = {}

    def _read(self, what: str) -> Sequence[Any]:
        """An answer is a sum over all stacks, of which there may be 100,000: once a second is enough."""
        runtime = self.monitor.time.runtime
        asked = (int(runtime.seconds), self.monitor.time.moment)
        known = self._answers.get(what)
        if known is None or known[0] != asked:
            ask: dict[str, Callable[[], Sequence[Any]]] = {
                "classes": runtime.size_classes, "paths": runtime.alloc_paths, "waste": runtime.waste_sites,
            }  # fmt: skip
            known = self._answers[what] = (asked, ask[what]())
        return known[1]

    def make_pages(self) -> list[Page]:
        """Size classes first: the ways are above them anyhow."""
        return [
            Page(
                "classes", "Size classes", CLASSES, lambda: self._read("classes"), lambda row: row.size,
                lambda row: FilterText(class_name(row.size)),
                lambda: "The runtime's counts by size class have not been read yet", "live_bytes",
            ),
            Page(
                "paths", "Paths", PATHS, lambda: self._read("paths"), lambda row: row.path,
                lambda row: FilterText(row.path), lambda: NOTHING, "bytes",
            ),
            Page(
                "waste", "Rounding by site", SITES, lambda: self._read("waste"), lambda row: row.key,
                lambda row: FilterText.of_site(row.key), lambda: NOTHING,
                "waste", runtime=lambda row: conceals(Hide.RUNTIME, row.key),
            ),
        ]  # fmt: skip

    def figure_lines(self) -> int:
        """Lines above the rows."""
        return 7 if self.app.size.height >= 20 else 4

    def figures(self, width: int, height: int) -> list[Line]:
        """The ways with bars, and all of them together."""
        room = min(width - 2 * SIDE, WIDEST)
        nothing = no_reading(self.monitor.session) or NOTHING
        lines = path_lines(self._read("paths"), self.monitor.time.runtime.tiny, room, self.palette, nothing)
        return beside([lines], [room], self.palette)

    def open_row(self, page: Page, row: Any) -> None:
        """The sites behind it."""
        from gotop.ui.sizes.contributor_screens import ClassScreen, PathScreen  # not needed for the first frame

        if isinstance(row, SiteShare):
            self.monitor.navigation.open_site(row.key)
        elif isinstance(row, PathShare):
            self.monitor.push_screen(PathScreen(row.path))
        else:
            self.monitor.push_screen(ClassScreen(class_name(row.size), row.size))


def path_lines(paths: Sequence[PathShare], tiny: int, width: int, palette: Palette, nothing: str) -> list[Line]:
    """A line for each way: its share of all bytes as a bar, objects, bytes, and what rounding adds to them. `nothing`:
    what to say where there is none.
    """
    if not paths:
        return [blocks.title("Paths", width, palette), [(nothing, palette.dim)]]
    count = min(len(HEADS), (width - NAME) // (FIGURE + 1))
    room = width - NAME - count * (FIGURE + 1)

    def figures(cells: Sequence[str]) -> str:
        return "".join(right(cell, FIGURE + 1) for cell in cells[:count])

    lines: list[Line] = [[(left("Paths", NAME + room), palette.title), (figures(HEADS), palette.dim)]]
    for path in paths:
        shown = (units.count(path.allocs), units.size(path.bytes), units.percent(path.share), units.size(path.waste))
        filled = left(bar(path.share, max(0, room - 2)), room)
        lines.append([(left(path.path, NAME), palette.dim), (filled, palette.accent), (figures(shown), palette.text)])
    allocs, size, waste = (sum(getattr(path, name) for path in paths) for name in ("allocs", "bytes", "waste"))
    shared = f"tiny objects that began no block of their own: {units.count(tiny)}" if tiny and room > 30 else ""
    shown = (units.count(allocs), units.size(size), units.percent(1.0 if size else None), units.size(waste))
    lines.append([(left(f"all   {shared}", NAME + room), palette.dim), (figures(shown), palette.strong)])
    return lines
