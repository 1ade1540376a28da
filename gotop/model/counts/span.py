"""Two snapshots and what was counted between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gotop.model.counts.snapshot import Snapshot
from gotop.model.counts.timeline import Timeline
from gotop.model.queries import Window


@dataclass(frozen=True, slots=True)
class Span:
    """Two snapshots and what was counted between them; `before`: another span to compare with."""

    begin: Snapshot
    end: Snapshot
    seconds: float
    before: Span | None = None

    @classmethod
    def of_window(cls, timeline: Timeline, window: Window) -> Span:
        """The span of a window that ends with the newest reading."""
        begin = timeline.window_start(window)
        marks, before = timeline.set_marks, None
        if window is Window.MARK and len(marks) == 2:
            before = cls(marks[0], marks[1], marks[1].at - marks[0].at)
        return cls(begin, timeline.current, timeline.current.at - begin.at, before)

    def map_snapshots(self, each: Callable[[Snapshot], Snapshot]) -> Span:
        """The span of other snapshots of the same instants."""
        before = self.before.map_snapshots(each) if self.before else None
        return Span(each(self.begin), each(self.end), self.seconds, before)

    def per_second(self, amount: float) -> float:
        """An amount of the span as a rate; 0 as long as there is no span. Never negative."""
        return max(0.0, amount / self.seconds) if self.seconds > 0 else 0.0

    @property
    def bytes(self) -> int:
        """All bytes allocated, also those without a stack."""
        return self.end.bytes - self.begin.bytes
