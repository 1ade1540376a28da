"""Snapshots by time, and which of them a window begins with.

A rate is always (now - then) / (time between): a true mean of a known span, never an estimate. Every tick's snapshot is
kept for a bit over a second, one a second for a bit over a minute, and of five minutes one every five seconds: all in
all some 110, of which each takes 24 bytes a stack, and up to 24 a site where somebody looks at its sites. With 5,000
sites in 10,000 stacks that is 40 MB at most, in 5,000 stacks 26 MB.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from gotop.model.counts.snapshot import Snapshot
from gotop.model.queries import Window

FINE_S = 1.25
COARSE_S = 62.0
PAST_S = 300.0
PAST_STEP_S = 5.0
SLACK_S = 2.0
"""How much longer than asked a window may be: the first snapshots of two seconds in a row are that far apart."""


class Timeline:
    """The snapshots of one continuous run of counters. `marks`: those that one compares with, at most two."""

    def __init__(self) -> None:
        self.origin = self.current = Snapshot.empty_at(0.0)
        self.first: Snapshot | None = None
        self.marks: list[Snapshot] = []
        self.awaited: list[float] = []
        self._fine: deque[Snapshot] = deque()
        self._coarse: deque[Snapshot] = deque()
        self._past: deque[Snapshot] = deque()

    @property
    def empty(self) -> bool:
        """No reading yet."""
        return not self._fine

    @property
    def seconds(self) -> float:
        """From the hooks to the last reading."""
        return self.current.at - self.origin.at

    def restart_at(self, origin_at: float) -> None:
        """Counters begin at 0 at `origin_at` (s): nothing from before compares with what comes."""
        for kept in (self._fine, self._coarse, self._past, self.marks):
            kept.clear()
        self.first = None
        self.origin = self.current = Snapshot.empty_at(origin_at)

    def add_snapshot(self, snapshot: Snapshot) -> None:
        """The next reading; what claims to be as late or later is dropped."""
        for kept in (self._fine, self._coarse, self._past):
            while kept and kept[-1].at >= snapshot.at:
                kept.pop()
        self._fine.append(snapshot)
        self.first = self.first or snapshot
        self.current = snapshot
        if not self._coarse or int(snapshot.at) > int(self._coarse[-1].at):
            self._coarse.append(snapshot)
        while self._fine[0].at < snapshot.at - FINE_S and len(self._fine) > 2:
            self._fine.popleft()
        while self._coarse[0].at < snapshot.at - COARSE_S and len(self._coarse) > 2:
            self._keep_in_past(self._coarse.popleft())
        while self._past and self._past[0].at < snapshot.at - PAST_S:
            self._past.popleft()
        while self.awaited and self.awaited[0] <= snapshot.at:
            self.awaited.pop(0)
            self.add_mark(snapshot)

    def _keep_in_past(self, snapshot: Snapshot) -> None:
        if not self._past or snapshot.at >= self._past[-1].at + PAST_STEP_S - 0.5:
            self._past.append(snapshot)

    def replace_snapshots(self, each: Callable[[Snapshot], Snapshot]) -> None:
        """Replace every snapshot, for new names."""
        self._fine = deque(map(each, self._fine))
        self._coarse = deque(map(each, self._coarse))
        self._past = deque(map(each, self._past))
        self.marks[:] = map(each, self.marks)
        self.origin = each(self.origin)
        self.first = each(self.first) if self.first else None
        self.current = self._fine[-1] if self._fine else self.origin

    # Marks and the past

    def add_mark(self, snapshot: Snapshot) -> None:
        """Compare with this one from now on, or with the current one where this is of another run, whose counters say
        nothing of this one's; of three, the oldest is forgotten.
        """
        mark = snapshot if snapshot.at >= self.origin.at else self.current
        self.marks[:] = sorted([*self.marks, mark], key=lambda mark: mark.at)[-2:]

    def await_marks(self, marks: list[float]) -> None:
        """Marks to be set again when these instants come, in a replay that begins anew."""
        self.awaited = sorted(marks)[-2:]

    @property
    def mark_instants(self) -> list[float]:
        """The instants of all marks, those that are set and those that are to be."""
        return [mark.at for mark in self.marks] + self.awaited

    @property
    def set_marks(self) -> list[Snapshot]:
        """The marks that had been set at the current reading."""
        return [mark for mark in self.marks if mark.at <= self.current.at]

    @property
    def oldest(self) -> float:
        """The earliest reading one can go back to (agent time, s)."""
        return next((kept[0].at for kept in (self._past, self._coarse, self._fine) if kept), self.origin.at)

    def as_of(self, instant: float) -> Timeline:
        """The timeline as it was at an instant, or at the first reading that is still kept; it stands still.

        Marks are shared: one may mark what one looks back at.
        """
        then = Timeline()
        fine = [snapshot for snapshot in self._fine if snapshot.at <= instant]
        older = [*self._past, *self._coarse]
        before = [snapshot for snapshot in older if snapshot.at <= instant] or older[:1]
        then.origin, then.first, then.marks = self.origin, self.first, self.marks
        then._fine, then._coarse = deque(fine or before[-1:]), deque(before)
        then.current = then._fine[-1] if then._fine else self.origin
        return then

    def window_start(self, window: Window) -> Snapshot:
        """The snapshot that the window begins with: the span is then `current.at - begin.at`.

        As long as the window if that can be had, the longest shorter one after joining late, and after a gap without
        readings the whole gap.
        """
        if window is Window.MARK:
            return (self.set_marks or [self.origin])[-1]
        if window is Window.WATCHED:
            return self.first if self.first and self.first.at < self.current.at else self.origin
        if not isinstance(window.value, float):
            return self.origin
        start = self.current.at - window.value
        kept = [*self._coarse_before_fine(), *self._fine][:-1]
        before = [snapshot for snapshot in kept if snapshot.at <= start]
        within = kept[len(before) :]
        if before and before[-1].at >= start - SLACK_S:
            return before[-1]
        if not before and self.origin.at >= start - SLACK_S:
            return self.origin
        if within:
            return within[0]
        return before[-1] if before else self.origin

    def snapshots_around(self, begin: float, end: float) -> tuple[Snapshot, Snapshot]:
        """The last snapshot up to `begin` and the first one from `end` on, of those that are kept (agent time, s)."""
        kept = [self.origin, *self._past, *self._coarse_before_fine(), *self._fine]
        before = [snapshot for snapshot in kept if snapshot.at <= begin]
        after = [snapshot for snapshot in kept if snapshot.at >= end]
        return before[-1] if before else kept[0], after[0] if after else kept[-1]

    def seconds_back(self, count: int) -> tuple[Snapshot, ...]:
        """Up to `count + 1` of the last snapshots, a second apart, oldest first."""
        return tuple(self._coarse)[-count - 1 :]

    def _coarse_before_fine(self) -> list[Snapshot]:
        first = self._fine[0].at if self._fine else 0.0
        return [snapshot for snapshot in self._coarse if snapshot.at < first]
