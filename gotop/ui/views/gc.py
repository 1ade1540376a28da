"""The garbage collector: heap against its goal, and every stop of the world."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from gotop import units
from gotop.model.values import Pause
from gotop.ui.colours import Palette
from gotop.ui.graph import bar
from gotop.ui.text import Line, Part, left, right
from gotop.ui.views import blocks
from gotop.ui.views.figures import beside
from gotop.ui.views.view import View
from gotop.ui.widgets.board import Board
from gotop.ui.widgets.columns import Column
from gotop.ui.widgets.linetable import LineTable

LONG_NS = 1_000_000
"""From here on a pause is coloured: a millisecond is what one notices in a service's latency."""

PauseKey = tuple[float, str]


class PauseRows:
    """Pauses, newest first."""

    def __init__(self, pauses: Sequence[Pause], now: float) -> None:
        self._pauses = pauses
        self._now = now

    def __len__(self) -> int:
        return len(self._pauses)

    def row(self, index: int) -> Pause:
        """The pause at a place."""
        return self._pauses[-1 - index]

    def key(self, index: int) -> PauseKey:
        """No two pauses end at the same instant."""
        pause = self._pauses[-1 - index]
        return (pause.at, pause.reason)

    def index_of(self, key: PauseKey) -> int | None:
        """Where a pause stands: they are in order of time."""
        low, high = 0, len(self._pauses)
        while low < high:
            middle = (low + high) // 2
            if self._pauses[middle].at < key[0]:
                low = middle + 1
            else:
                high = middle
        found = low < len(self._pauses) and self._pauses[low].at == key[0]
        return len(self._pauses) - 1 - low if found else None


def _at(row: Pause, width: int, palette: Palette) -> Line:
    minutes, seconds = divmod(row.at, 60)
    return [(right(f"{int(minutes)}:{seconds:06.3f}", width), palette.dim)]


def _reason(row: Pause, width: int, palette: Palette) -> Line:
    return [(left(row.reason, width), palette.text)]


def _stopping(row: Pause, width: int, palette: Palette) -> Line:
    return [(right(units.duration(row.stopping_ns), width), palette.dim)]


def _stopped(row: Pause, width: int, palette: Palette) -> Line:
    return [(right(units.duration(row.stopped_ns), width), palette.dim)]


def _total(row: Pause, width: int, palette: Palette) -> Line:
    total = row.stopping_ns + row.stopped_ns
    return [(right(units.duration(total), width), palette.warn if total >= LONG_NS else palette.text)]


def _bar(row: Pause, width: int, palette: Palette) -> Line:
    total = row.stopping_ns + row.stopped_ns
    return [(bar(total / LONG_NS, width), palette.warn if total >= LONG_NS else palette.accent)]


COLUMNS: tuple[Column[Pause], ...] = (
    Column("reason", "REASON", _reason, 22, 40, False, 0),
    Column("at", "AT", _at, 10, rank=1),
    Column("stopping", "TO STOP", _stopping, 9, rank=3),
    Column("stopped", "STOPPED", _stopped, 9, rank=2),
    Column("total", "PAUSE", _total, 9, rank=0),
    Column("bar", "0 … 1 ms", _bar, 12, 30, False, 4),
)


class GcView(View):
    """Graph and figures at the top, pauses below."""

    def __init__(self) -> None:
        super().__init__(id="view-gc")

    def compose(self) -> ComposeResult:
        """Figures above, table below."""
        yield Board(id="gc-figures")
        yield LineTable[PauseKey, Pause](COLUMNS, self.monitor.clock, id="pauses", opens=False)

    def draw(self) -> None:
        """Show what the session says now."""
        self._draw_figures()
        if self.monitor.paused:
            return
        session, table = self.monitor.session, self.query_one(LineTable)
        table.empty = [[("The world has not been stopped since the hooks were placed", self.palette.dim)]]
        table.show(PauseRows(session.pauses(), session.seconds))

    def _draw_figures(self) -> None:
        board, palette, session = self.query_one("#gc-figures", Board), self.palette, self.monitor.session
        width = self.app.size.width - 2
        first = 36 if width >= 76 else width
        heap = session.heap()
        memory = blocks.memory(heap, session.pauses(), session.seconds, first, 6, palette)
        if heap.allocated is not None and heap.freed is not None:
            memory.append(blocks.pair("objects alive", units.count(heap.allocated - heap.freed), first, palette))
        parts, widths = [memory], [first]
        if width > first:
            second = width - first - 3
            live = session.history("heap_live", float(second))
            stopped = session.history("stopped_ns", float(second))
            parts.append(
                [
                    *blocks.graph("heap live", live, units.size, palette.bytes_ramp, second, 4, palette),
                    *blocks.graph(
                        "stopped per second", stopped, units.duration, palette.allocs_ramp, second, 3, palette
                    ),
                ]
            )
            widths.append(second)
        board.show(beside(parts, widths, palette))

    def note(self) -> list[Part]:
        """Number of pauses, events that were lost."""
        lost = self.monitor.session.health().lost_events
        parts: list[Part] = [(1, [(f"  {len(self.query_one(LineTable)):,} pauses", self.palette.dim)])]
        return [*parts, (0, [(f"  {lost:,} events lost", self.palette.warn)])] if lost else parts
