"""Snapshots by time, and the snapshot that each window begins with.

A rate is always (now - then) / (time between): the true mean of a known span. Every tick's snapshot is kept for a bit
over a second, one a second for a bit over a minute, and one every five seconds for five minutes: some 110 in all, of 10
bytes a stack each as a rule (24 at most), and up to 24 a site where its sites are looked at. Where those of the stacks
would take more than `room`, they are kept further apart, the older the further.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain

from gotop.model.counts.room import Room
from gotop.model.counts.snapshot import Snapshot
from gotop.model.queries import Window

_USUAL = Room()
FINE_S = 1.25
FEWEST = 8
"""Snapshots that are kept however much they take."""
MOST_FINE = 128
"""More readings in that time than agents make are told apart no more."""
COARSE_S = 62.0
PAST_S = 300.0
PAST_STEP_S = 5.0
SLACK_S = 2.0
"""How much longer than asked a window may be: the first snapshots of two seconds in a row are that far apart."""


class Timeline:
    """The snapshots of counters that have grown without a break.

    Attributes:
        origin: the instant at which the counters were 0.
        current: the newest reading, `origin` before there is one.
        first: the first reading of this session.
        marks: at most two snapshots to compare with, oldest first.
        awaited: instants (agent time, s) at which marks are to be set.
        room: bytes that the counts by stack of all snapshots may take.
        thinned: snapshots are further apart than they would be, because of that.
    """

    def __init__(self, room: int = _USUAL.timeline) -> None:
        self.room = room
        self.thinned = False
        self.origin = self.current = Snapshot.empty_at(0.0)
        self.first: Snapshot | None = None
        self.marks: list[Snapshot] = []
        self.awaited: list[float] = []
        self._fine: deque[Snapshot] = deque(maxlen=MOST_FINE)
        self._coarse: deque[Snapshot] = deque()
        self._past: deque[Snapshot] = deque()

    @property
    def empty(self) -> bool:
        """Whether there has been no reading yet."""
        return not self._fine

    @property
    def seconds(self) -> float:
        """Seconds from the placing of the hooks to the newest reading."""
        return self.current.at - self.origin.at

    def restart_at(self, origin_at: float) -> None:
        """Forget all snapshots: counters begin at 0 at `origin_at` (agent time, s), and earlier ones do not compare
        with what comes.
        """
        for kept in (self._fine, self._coarse, self._past, self.marks):
            kept.clear()
        self.first = None
        self.origin = self.current = Snapshot.empty_at(origin_at)

    def add_snapshot(self, snapshot: Snapshot) -> None:
        """Append a reading, and drop kept ones that claim to be as late or later."""
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
        if len(self._fine) > 1:
            self._fine[-2].stacks.pack()
        self._make_room()

    def _make_room(self) -> None:
        """Forget snapshots until the rest has room: those first whose neighbours are close, by their age. So windows of
        any length begin about when they should.
        """
        while sum({id(each.stacks): each.stacks.room for each in self._kept()}.values()) > self.room:
            kept = sorted({id(each): each for each in self._kept()}.values(), key=lambda each: each.at)
            if len(kept) <= FEWEST:
                return
            now, places = self.current.at, range(1, len(kept) - 2)
            gone = kept[min(places, key=lambda i: (kept[i + 1].at - kept[i - 1].at) / (now - kept[i].at))]
            for snapshots in (self._fine, self._coarse, self._past):
                if gone in snapshots:
                    snapshots.remove(gone)
            self.thinned = True

    def _kept(self) -> Iterator[Snapshot]:
        return chain(self._past, self._coarse, self._fine)

    def _keep_in_past(self, snapshot: Snapshot) -> None:
        if not self._past or snapshot.at >= self._past[-1].at + PAST_STEP_S - 0.5:
            self._past.append(snapshot)

    def replace_snapshots(self, each: Callable[[Snapshot], Snapshot]) -> None:
        """Replace every snapshot by what `each` makes of it, after names have changed."""
        self._fine = deque(map(each, self._fine), maxlen=MOST_FINE)
        self._coarse = deque(map(each, self._coarse))
        self._past = deque(map(each, self._past))
        self.marks[:] = map(each, self.marks)
        self.origin = each(self.origin)
        self.first = each(self.first) if self.first else None
        self.current = self._fine[-1] if self._fine else self.origin

    # Marks and the past

    def add_mark(self, snapshot: Snapshot) -> None:
        """Set a mark at a snapshot, or at the current one if the snapshot is from before a restart. Of three marks the
        oldest is forgotten.
        """
        mark = snapshot if snapshot.at >= self.origin.at else self.current
        self.marks[:] = sorted([*self.marks, mark], key=lambda mark: mark.at)[-2:]

    def await_marks(self, marks: list[float]) -> None:
        """Set marks again when these instants (agent time, s) come, in a replay that begins anew."""
        self.awaited = sorted(marks)[-2:]

    @property
    def mark_instants(self) -> list[float]:
        """The instants of all marks, those that are set and those that are awaited."""
        return [mark.at for mark in self.marks] + self.awaited

    @property
    def set_marks(self) -> list[Snapshot]:
        """The marks up to the current reading."""
        return [mark for mark in self.marks if mark.at <= self.current.at]

    def as_of(self, instant: float) -> Timeline:
        """Return the timeline as it was at an instant, or at the first reading that is still kept; it does not change
        any more.

        Marks are shared with it: a mark can be set at a moment of the past.
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
        """Return the snapshot that a window begins with; the window's span ends with `current`.

        The span is as long as the window if there are readings enough, the longest shorter one after joining late, and
        the whole gap after a gap without readings.
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

    def kept_snapshots(self) -> list[Snapshot]:
        """Return all snapshots that are kept, from the origin on, in the order of time."""
        fine = {id(each): each for each in (self.origin, *self._kept())}
        return sorted({each.at: each for each in fine.values()}.values(), key=lambda each: each.at)

    def snapshots_around(self, begin: float, end: float) -> tuple[Snapshot, Snapshot]:
        """Return the last kept snapshot up to `begin` and the first one from `end` on (agent time, s)."""
        kept = [self.origin, *self._past, *self._coarse_before_fine(), *self._fine]
        before = [snapshot for snapshot in kept if snapshot.at <= begin]
        after = [snapshot for snapshot in kept if snapshot.at >= end]
        return before[-1] if before else kept[0], after[0] if after else kept[-1]

    def seconds_back(self, count: int) -> tuple[Snapshot, ...]:
        """Return up to `count + 1` of the last snapshots, a second apart, oldest first."""
        return tuple(self._coarse)[-count - 1 :]

    def _coarse_before_fine(self) -> list[Snapshot]:
        first = self._fine[0].at if self._fine else 0.0
        return [snapshot for snapshot in self._coarse if snapshot.at < first]
