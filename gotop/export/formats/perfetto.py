"""A trace for ui.perfetto.dev and Perfetto's trace processor: rates, heap, goroutines and the sites with the most bytes
as counter tracks, garbage collections and stops of the world as slices.

Field numbers are those of perfetto's protos/perfetto/trace (trace_packet.proto, track_event.proto). Timestamps are the
agent's, nanoseconds of CLOCK_MONOTONIC, as in the recording. What the viewer does not keep is not in it: graphs go back
ten minutes, rates of sites five.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from gotop.export.protobuf import double, message, number, text
from gotop.export.registry import Exporter, Selection, register
from gotop.model.counts.arrays import value_at
from gotop.model.counts.span import Span
from gotop.model.queries import SiteQuery, SiteSort
from gotop.model.session import Session
from gotop.model.status.time_series import KEEP_S, STEP_S
from gotop.model.values import SiteKey

SITES = 20
_COUNT, _BYTES = 2, 3
"""Units of counters (CounterDescriptor.Unit)."""
_BEGIN, _END, _COUNTER = 1, 2, 4
"""Types of events (TrackEvent.Type)."""
_PROCESS, _GC, _STOPS = 1, 2, 3
"""Numbers of tracks; those of counters follow."""
_SEQUENCE = 1
_COUNTERS = (
    ("bytes", "allocated bytes/s", _BYTES), ("allocs", "allocations/s", _COUNT),
    ("gos", "goroutines started/s", _COUNT), ("heap_live", "heap live", _BYTES), ("heap_goal", "heap goal", _BYTES),
    ("goroutines", "goroutines", _COUNT), ("threads", "threads", _COUNT), ("stack_inuse", "stacks in use", _BYTES),
    ("rss", "RSS", _BYTES), ("cpu_percent", "CPU %", _COUNT),
)  # fmt: skip


def make(session: Session, selection: Selection) -> bytes:
    """Return the trace."""
    span = Span.of_window(session.now.timeline, selection.window)
    trace = _Trace(span.begin.at, span.end.at)
    target = session.target
    trace.process(target.pid if target else 0, target.program.rpartition("/")[2] if target else "no service")
    if target is None:
        return trace.packed()
    _counters(session, trace)
    _sites(session, selection, trace)
    _collections(session, trace)
    return trace.packed()


class _Trace:
    """Packets between two instants (agent time, s)."""

    def __init__(self, begin: float, end: float) -> None:
        self._begin, self._end = begin, end
        self._head: list[bytes] = []
        self._events: list[tuple[int, int, bytes]] = []
        self._tracks = _STOPS

    def process(self, pid: int, name: str) -> None:
        about = number(1, _PROCESS) + text(2, name) + message(3, number(1, pid) + text(6, name))
        self._head.append(message(60, about))
        for track, title in ((_GC, "garbage collections"), (_STOPS, "stops of the world")):
            self._head.append(message(60, number(1, track) + text(2, title) + number(5, _PROCESS)))

    def counter(self, name: str, unit: int) -> int:
        """Make a track; return its number."""
        self._tracks += 1
        about = number(1, self._tracks) + text(2, name) + number(5, _PROCESS) + message(8, number(3, unit))
        self._head.append(message(60, about))
        return self._tracks

    def value(self, track: int, at: float, value: float) -> None:
        self._event(at, 1, number(9, _COUNTER) + number(11, track) + double(44, value))

    def slice(self, track: int, begin: float, end: float, name: str, **facts: float | str) -> None:
        """Add a slice if it begins within the span. Facts are shown where it is selected."""
        if self._begin <= begin <= self._end and end >= begin:
            notes = b"".join(message(4, text(10, key) + _fact(fact)) for key, fact in facts.items())
            self._event(begin, 2, number(9, _BEGIN) + number(11, track) + text(23, name) + notes)
            self._event(end, 0, number(9, _END) + number(11, track), late=True)

    def _event(self, at: float, rank: int, event: bytes, late: bool = False) -> None:
        if late or self._begin <= at <= self._end:
            nanoseconds = max(0, round(at * 1e9))
            self._events.append((nanoseconds, rank, number(8, nanoseconds) + message(11, event)))

    def packed(self) -> bytes:
        """Return all packets, in the order of time; what ends at an instant comes before what begins then."""
        events = [event for _, _, event in sorted(self._events, key=lambda event: event[:2])]
        packets = [packet + number(10, _SEQUENCE) for packet in (*self._head, *events)]
        return b"".join(message(1, packet) for packet in packets)


def _fact(fact: float | str) -> bytes:
    return text(6, fact) if isinstance(fact, str) else double(5, fact)


def _counters(session: Session, trace: _Trace) -> None:
    last = math.floor(session.now.at / STEP_S)
    for metric, name, unit in _COUNTERS:
        values = session.history(metric, KEEP_S)
        track = trace.counter(name, unit)
        for step, value in enumerate(values, last - len(values)):
            trace.value(track, step * STEP_S, value)


def _sites(session: Session, selection: Selection, trace: _Trace) -> None:
    """Bytes a second of the sites that have allocated most, between the snapshots that are kept."""
    snapshots = list(session.now.timeline.kept_snapshots())
    top = SITES if selection.limits.top is None else selection.limits.top
    for key, place in _top_sites(session, top):
        track = trace.counter(f"{key.function}:{key.line} {key.type}".rstrip(), _BYTES)
        for before, after in pairwise(snapshots):
            grown = value_at(after.group_bytes, place) - value_at(before.group_bytes, place)
            trace.value(track, before.at, max(0.0, grown / (after.at - before.at)))


def _top_sites(session: Session, top: int) -> Iterator[tuple[SiteKey, int]]:
    rows = session.sites(SiteQuery(sort=SiteSort.BYTES, limit=top)).rows
    for row in rows:
        place = session.now.group_of(row.key) if isinstance(row.key, SiteKey) else None
        if isinstance(row.key, SiteKey) and place is not None:
            yield row.key, place


def _collections(session: Session, trace: _Trace) -> None:
    start = session.started_at
    for cycle in session.runtime.cycles():
        facts = {"heap before": cycle.before, "heap after": cycle.after, "live": cycle.marked, "goal": cycle.goal}
        trace.slice(_GC, start + cycle.at, start + cycle.ended, f"GC {cycle.number}", **facts)
    for pause in session.runtime.pauses():
        end = start + pause.at
        trace.slice(_STOPS, end - pause.total_ns / 1e9, end, pause.reason or "stop", stopped_ns=pause.stopped_ns)


register(Exporter("perfetto", "a trace for ui.perfetto.dev", "pftrace", make, binary=True, windows=True))
