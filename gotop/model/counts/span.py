"""The span of a window: two snapshots, and what was counted between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gotop.model.counts.snapshot import Snapshot
from gotop.model.counts.timeline import Timeline
from gotop.model.queries import Window


@dataclass(frozen=True, slots=True)
class Span:
    """Two snapshots and the seconds between them. `before`: an earlier span to compare with, where two marks are
    compared.
    """

    begin: Snapshot
    end: Snapshot
    seconds: float
    before: Span | None = None

    @classmethod
    def of_window(cls, timeline: Timeline, window: Window) -> Span:
        """Make the span of a window, which ends with the newest reading."""
        begin = timeline.window_start(window)
        marks, before = timeline.set_marks, None
        if window is Window.MARK and len(marks) == 2:
            before = cls(marks[0], marks[1], marks[1].at - marks[0].at)
        return cls(begin, timeline.current, timeline.current.at - begin.at, before)

    def map_snapshots(self, each: Callable[[Snapshot], Snapshot]) -> Span:
        """Return the span with each snapshot replaced by another of the same instant."""
        before = self.before.map_snapshots(each) if self.before else None
        return Span(each(self.begin), each(self.end), self.seconds, before)

    def per_second(self, amount: float) -> float:
        """Return an amount of the span as a rate, never negative; 0 where the span has no length."""
        return max(0.0, amount / self.seconds) if self.seconds > 0 else 0.0

    @property
    def bytes(self) -> int:
        """All bytes allocated in the span, also those without a stack."""
        return self.end.bytes - self.begin.bytes
