"""Spans between two snapshots."""

from __future__ import annotations

from gotop.model.counts.snapshot import Snapshot
from gotop.model.counts.span import Span
from gotop.model.counts.timeline import Timeline
from gotop.model.queries import Window


def snapshot(at: float, size: int) -> Snapshot:
    empty = Snapshot.empty_at(at)
    return Snapshot(at, size // 8, size, 0, empty.stacks, empty.groups)


def timeline(*readings: tuple[float, int]) -> Timeline:
    found = Timeline()
    found.restart_at(0.0)
    for at, size in readings:
        found.add_snapshot(snapshot(at, size))
    return found


def test_a_rate_is_the_mean_of_the_span() -> None:
    span = Span.of_window(timeline((1, 100), (2, 300), (3, 900)), Window.NOW)
    assert (span.begin.at, span.end.at, span.seconds, span.bytes) == (2, 3, 1, 600)
    assert span.per_second(span.bytes) == 600
    assert span.per_second(-5) == 0, "counters that went back"


def test_without_a_reading_there_is_no_rate() -> None:
    span = Span.of_window(timeline(), Window.TOTAL)
    assert (span.seconds, span.bytes, span.per_second(7)) == (0, 0, 0)


def test_two_marks_give_a_span_to_compare_with() -> None:
    marked = timeline((1, 100), (2, 300), (3, 900))
    marked.add_mark(snapshot(1, 100))
    assert Span.of_window(marked, Window.MARK).before is None
    marked.add_mark(snapshot(2, 300))
    span = Span.of_window(marked, Window.MARK)
    assert (span.begin.at, span.end.at) == (2, 3)
    assert span.before and (span.before.begin.at, span.before.end.at, span.before.bytes) == (1, 2, 200)
    doubled = span.map_snapshots(lambda each: snapshot(each.at, 2 * each.bytes))
    assert doubled.bytes == 1200 and doubled.before and doubled.before.bytes == 400
