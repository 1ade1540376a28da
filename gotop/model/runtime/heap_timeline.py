"""Heap, goal, collections and stops of the world on one time line."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import pairwise

from gotop.agent.protocol import RuntimeStat
from gotop.model.runtime.gc_values import GcCycle, HeapBin, Pause

KEEP = 4_800
"""Readings of the heap that are kept: of 20 minutes, at four a second."""

Point = tuple[float, float]
"""Seconds since the service's start, and bytes."""


class HeapTimeline:
    """Live heap and goal by the instants of their reading."""

    def __init__(self) -> None:
        self._heap: deque[Point] = deque(maxlen=KEEP)
        self._goal: deque[Point] = deque(maxlen=KEEP)
        self._last = -1

    def add_reading(self, stat: RuntimeStat, started: int) -> None:
        """Append a reading, unless it is known already or could not be made. `started`: agent time (ns) of the
        service's start.
        """
        if stat.at <= self._last:
            return
        self._last = stat.at
        at = (stat.at - started) / 1e9
        if stat.heap_live is not None:
            self._heap.append((at, float(stat.heap_live)))
        if stat.heap_goal is not None:
            self._goal.append((at, float(stat.heap_goal)))

    def clear(self) -> None:
        """Forget all readings: another service follows."""
        self._heap.clear()
        self._goal.clear()
        self._last = -1

    def heap_points(self, cycles: Iterable[GcCycle]) -> list[Point]:
        """Return every known size of the heap in order of time: as read, and at begin and end of marking and end of
        each cycle.
        """
        corners = [point for cycle in cycles for point in _corners(cycle)]
        return sorted([*self._heap, *corners])

    def goal_points(self) -> list[Point]:
        """Return the goal as read."""
        return list(self._goal)


def _corners(cycle: GcCycle) -> Iterable[Point]:
    yield cycle.at, float(cycle.before)
    yield cycle.ended - cycle.mark_term_ns / 1e9, float(cycle.after)
    yield cycle.ended, float(cycle.marked)


def bins(
    heap: Sequence[Point], goal: Sequence[Point], cycles: Sequence[GcCycle], pauses: Sequence[Pause],
    begin: float, step: float, count: int,
) -> tuple[HeapBin, ...]:  # fmt: skip
    """Sort points, cycles and pauses into `count` steps of `step` seconds from `begin` on. Between two known sizes, the
    heap is taken to be on the straight line.
    """
    ended, stopped = [cycle.ended for cycle in cycles], [pause.at for pause in pauses]
    edges = [begin + number * step for number in range(count + 1)]
    heaps, goals = _highest(heap, edges, slope=True), _highest(goal, edges, slope=False)
    found = []
    for number in range(count):
        first, last = edges[number], edges[number + 1]
        stops = pauses[bisect_left(stopped, first) : bisect_left(stopped, last)]
        longest = max((stop.total_ns for stop in stops), default=0)
        its = bisect_left(ended, last) - bisect_left(ended, first)
        found.append(HeapBin(first, heaps[number], goals[number], its, len(stops), longest))
    return tuple(found)


def _highest(points: Sequence[Point], edges: Sequence[float], slope: bool) -> list[float | None]:
    """Return the highest value of each step. A step without a point has the value of the line through it (`slope`), or
    the last one before.
    """
    times = [at for at, _ in points]
    found: list[float | None] = []
    for first, last in pairwise(edges):
        begin, end = bisect_left(times, first), bisect_left(times, last)
        if begin < end:
            found.append(max(value for _, value in points[begin:end]))
        elif begin == 0:
            found.append(None)
        elif slope and begin < len(points):
            (t0, v0), (t1, v1) = points[begin - 1], points[begin]
            found.append(v0 + (v1 - v0) * ((first + last) / 2 - t0) / (t1 - t0))
        else:
            found.append(points[begin - 1][1])
    return found


def within(points: Sequence[Point], begin: float, end: float) -> Sequence[Point]:
    """Return the points of a span, and one beyond each of its ends."""
    times = [at for at, _ in points]
    return points[max(0, bisect_left(times, begin) - 1) : bisect_right(times, end) + 1]
