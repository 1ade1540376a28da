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
from gotop.ui.frame import blocks
from gotop.ui.frame.blocks import SIDE, beside
from gotop.ui.frame.common_columns import figure_column, site_columns, text_column
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
    """Name a size class."""
    return "large" if size == 0 else "several" if size < 0 else f"{size:,} B"


def _about(row: SizeClass, text: str) -> str:
    """Return which class a stack's objects are of is an estimate where they are of a small one; where no stack's are of
    one that objects were allocated in, it is not known which were.
    """
    return units.UNKNOWN if row.mallocs and not row.asked else units.about(text, bool(row.asked) and row.size > 0)


def _of_class(row: SizeClass, text: str) -> str:
    """Return a figure that the runtime counts by class, or `units.UNKNOWN` in the row of several classes (size -1)."""
    return text if row.size >= 0 else units.UNKNOWN


CLASSES: tuple[Column[SizeClass], ...] = (
    figure_column("size", "CLASS", lambda row: row.size, class_name, 0, 8, strong=True),
    figure_column("live_bytes", "ALIVE BYTES", lambda row: row.live_bytes, units.size, 0, strong=True, wrap=_of_class),
    figure_column("live", "ALIVE", lambda row: row.live, units.count, 0, wrap=_of_class),
    figure_column("mallocs_per_s", "ALLOCS/S", lambda row: row.mallocs_per_s, units.count, 1, strong=True,
                  wrap=_of_class),
    figure_column("mallocs", "ALLOCS", lambda row: row.mallocs, units.count, 3, wrap=_of_class),
    figure_column("bytes", "BYTES", lambda row: row.bytes, units.size, 4, 8, wrap=_of_class),
    figure_column("frees", "FREED", lambda row: row.frees, units.count, 6, wrap=_of_class),
    figure_column("waste", "ROUNDING", lambda row: row.waste, units.size, 1, wrap=_about),
    figure_column("lost", "LOST", lambda row: row.lost, units.percent, 2, 9, wrap=_about),
    figure_column("asked", "COUNTED", lambda row: row.asked, units.count, 7, wrap=_about),
)  # fmt: skip
PATHS: tuple[Column[PathShare], ...] = (
    text_column("path", "PATH", lambda row: row.path, 22, 30, 0),
    figure_column("allocs", "ALLOCS", lambda row: row.allocs, units.count, 0),
    figure_column("bytes", "BYTES", lambda row: row.bytes, units.size, 0, 8, strong=True),
    figure_column("share", "SHARE", lambda row: row.share, units.percent, 0, 8),
    figure_column("waste", "ROUNDING", lambda row: row.waste, units.size, 1),
)
SITES: tuple[Column[SiteShare], ...] = (
    *site_columns(comfort=28, location_rank=1),
    figure_column("waste", "ROUNDING", lambda row: row.waste, units.size, 0, strong=True),
    figure_column("share", "OF ALL", lambda row: row.share, units.percent, 0),
    figure_column("lost", "LOST", lambda row: row.lost, units.percent, 2, 8),
    figure_column("bytes", "BYTES", lambda row: row.bytes, units.size, 3, 8),
    figure_column("allocs", "ALLOCS", lambda row: row.allocs, units.count, 3),
    figure_column("average", "AVERAGE", lambda row: row.average, units.size, 5),
)


class SizesView(ListView):
    """Ways and size classes."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._answers: dict[str, tuple[object, Sequence[Any]]] = {}

    def _read(self, what: str) -> Sequence[Any]:
        """Return an answer is a sum over all stacks, of which there may be 100,000: once a second is enough."""
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
        """Return the pages, size classes first: the paths are above them anyhow."""
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
        """Return how many lines the figures take."""
        return 7 if self.app.size.height >= 20 else 4

    def figures(self, width: int, height: int) -> list[Line]:
        """Draw the paths with bars, and all of them together."""
        room = min(width - 2 * SIDE, WIDEST)
        nothing = no_reading(self.monitor.session) or NOTHING
        lines = path_lines(self._read("paths"), self.monitor.time.runtime.tiny, room, self.palette, nothing)
        return beside([lines], [room], self.palette)

    def open_row(self, page: Page, row: Any) -> None:
        """Open the sites behind a row."""
        from gotop.ui.sizes.contributor_screens import ClassScreen, PathScreen  # not needed for the first frame

        if isinstance(row, SiteShare):
            self.monitor.navigation.open_site(row.key)
        elif isinstance(row, PathShare):
            self.monitor.push_screen(PathScreen(row.path))
        else:
            self.monitor.push_screen(ClassScreen(class_name(row.size), row.size))


def path_lines(paths: Sequence[PathShare], tiny: int, width: int, palette: Palette, nothing: str) -> list[Line]:
    """Return a line for each way: its share of all bytes as a bar, objects, bytes, and what rounding adds to them.
    `nothing`: what to say where there is none.
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
