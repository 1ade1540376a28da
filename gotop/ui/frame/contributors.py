"""The sites behind something: a collection, a way through the allocator, a size class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from gotop import units
from gotop.model.runtime.gc_values import GcCycle, Pause
from gotop.model.runtime.site_shares import SiteShare
from gotop.model.values import SiteKey
from gotop.ui import keys
from gotop.ui.frame import common_columns
from gotop.ui.frame.base_screen import LiveScreen
from gotop.ui.gc.columns import instant
from gotop.ui.text import Line, choose, spread, width_of_line
from gotop.ui.widgets.columns import Column
from gotop.ui.widgets.line_table import LineTable
from gotop.ui.widgets.rows import ListRows
from gotop.ui.widgets.static_lines import StaticLines

_SORTED: tuple[Column[SiteShare], ...] = (
    *common_columns.of_sites(comfort=32, place_rank=2),
    common_columns.figure("share", "SHARE", lambda row: units.percent(row.share), 0, strong=True),
    common_columns.figure("bytes", "BYTES", lambda row: units.size(row.bytes), 1, 8, strong=True),
    common_columns.figure("allocs", "ALLOCS", lambda row: units.count(row.allocs), 3),
    common_columns.figure("waste", "ROUNDING", lambda row: units.size(row.waste), 5),
    common_columns.figure("lost", "LOST", lambda row: units.percent(row.lost), 6, 8),
)
SHARES = tuple(replace(column, sort=None) for column in _SORTED)
"""Most bytes first, and in no other order."""


ROWS_NEED = 8
"""Lines of bars and rows, however short the terminal is: figures above them have the rest."""


class ContributorsScreen(LiveScreen):
    """Figures, and the sites behind them; Enter leads to a site's stacks."""

    BINDINGS: ClassVar[list[BindingType]] = [keys.BACK]

    def __init__(self, name: str) -> None:
        super().__init__()
        self.titled = name

    def read(self) -> Sequence[SiteShare]:
        """The sites."""
        raise NotImplementedError

    def head(self) -> list[list[Line]]:
        """Groups of lines with figures, the most important ones first."""
        raise NotImplementedError

    def facts(self, label: str, told: Sequence[tuple[str, str]]) -> list[Line]:
        """Figures with what they are."""
        return common_columns.facts(told, self.app.size.width, self.palette, label)

    empty = "There is nothing"

    def compose_body(self) -> ComposeResult:
        """Figures and rows."""
        yield StaticLines(id="share-head")
        yield LineTable[SiteKey, SiteShare](SHARES, self.monitor.clock, id="shares")

    def draw_body(self) -> None:
        """As it is now."""
        board, table = self.query_one("#share-head", StaticLines), self.query_one(LineTable)
        lines = [*common_columns.whole(self.head(), self.app.size.height - ROWS_NEED), []]
        board.styles.height = len(lines)
        board.show(lines)
        table.empty = [[(self.empty, self.palette.dim)]]
        table.show(ListRows[SiteKey, SiteShare](self.read(), lambda row: row.key))

    def second_line(self, width: int) -> Line:
        """Where one is."""
        palette = self.palette
        standing = [cell for _, line in self.standing() for cell in line]
        start = choose([*self.crumbs(), (0, [(self.titled, palette.title)])], width - width_of_line(standing) - 2)
        return spread([(" ", palette.dim), *start], standing, width, (" ", palette.dim))

    @property
    def crumb(self) -> str:
        """What the sites are behind."""
        return self.titled

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """A site's stacks."""
        event.stop()
        if isinstance(event.key, SiteKey):
            self.monitor.open_site(event.key)

    def action_back(self) -> None:
        """To the rows one came from."""
        self.dismiss()


def _parts(stop: Pause) -> str:
    """Until all stood still, and after that; where only the sum is known, that."""
    whole = units.duration(stop.stopped_ns)
    return whole if stop.stopping_ns is None else f"{units.duration(stop.stopping_ns)} + {whole}"


class CycleScreen(ContributorsScreen):
    """One collection: what `GODEBUG=gctrace=1` prints of it, and whose allocations led to it."""

    empty = "There is no reading of what was allocated before this collection"

    def __init__(self, cycle: GcCycle) -> None:
        super().__init__(f"gc {cycle.number}{', forced' if cycle.forced else ''}")
        self.cycle = cycle

    def read(self) -> Sequence[SiteShare]:
        """Who allocated since the cycle before."""
        return self.monitor.runtime.cycle_sites(self.cycle, 200)

    def head(self) -> list[list[Line]]:
        """When, heap, times, CPU times, stops, and what the rows below are made of."""
        c, size, time = self.cycle, units.size, units.duration
        begin, end = self.monitor.runtime.cycle_span(c)
        stops = [(stop.reason.removeprefix("GC "), _parts(stop)) for stop in self.monitor.runtime.pauses_of_cycle(c)]
        told = {
            "when": [("begun", instant(c.at)), ("ended", instant(c.ended)), ("took", time(c.lasted_ns)),
                     ("on", f"{c.procs} Ps")],
            "heap": [("", f"{size(c.before)} → {size(c.after)} → {size(c.marked)}"), ("goal", units.goal(c.goal)),
                     ("trigger", size(c.trigger))],
            "clock": [("sweep term", time(c.sweep_term_ns)), ("mark", time(c.mark_ns)),
                      ("mark term", time(c.mark_term_ns)), ("pause", time(c.pause_ns))],
            "CPU": [("assist", time(c.assist_ns)), ("background", time(c.background_ns)), ("idle", time(c.idle_ns)),
                    ("GC so far", units.percent(c.cpu_fraction))],
            "scanned": [("stacks", size(c.stacks)), ("globals", size(c.globals))],
            "stops": stops or [("", "their events were lost")],
            "before": [("allocated", units.size_rate(c.alloc_rate)),
                       ("rows are of", f"{instant(begin)} … {instant(end)}")],
        }  # fmt: skip
        return [self.facts(label, its) for label, its in told.items()]


class PathScreen(ContributorsScreen):
    """One way through the allocator."""

    empty = "Nothing has gone this way"

    def read(self) -> Sequence[SiteShare]:
        """Whose allocations go this way."""
        return self.monitor.runtime.path_sites(self.titled)

    def head(self) -> list[list[Line]]:
        """The way's own figures."""
        mine = [path for path in self.monitor.runtime.alloc_paths() if path.path == self.titled]
        return [
            self.facts("all", [("allocations", f"{path.allocs:,}"), ("bytes", units.size(path.bytes)),
                               ("of all", units.percent(path.share)), ("rounding", units.size(path.waste))])
            for path in mine
        ]  # fmt: skip


class ClassScreen(ContributorsScreen):
    """One size class."""

    empty = "No stack is known whose objects are all of this class"

    def __init__(self, name: str, size: int) -> None:
        super().__init__(name)
        self.class_size = size

    def read(self) -> Sequence[SiteShare]:
        """Whose objects are of the class."""
        return self.monitor.runtime.class_sites(self.class_size)

    def head(self) -> list[list[Line]]:
        """The class's own figures."""
        mine = [each for each in self.monitor.runtime.size_classes() if each.size == self.class_size]
        return [
            self.facts("all", [("allocated", f"{each.mallocs:,}"), ("alive", f"{each.live:,}"),
                               ("in", units.size(each.live_bytes)), ("rounding ≈", units.size(each.waste))])
            for each in mine
        ]  # fmt: skip
