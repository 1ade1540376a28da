"""How counts, gauges and records go on from reading to reading, and from one connection to the next."""

from __future__ import annotations

from gotop.agent.protocol import AgentTotals, Events, Hello, Message, RuntimeStat, Stacks, Stw, Symbols
from gotop.model.queries import Window
from gotop.model.readings import Readings
from gotop.model.status.watched_service import Continuity
from tests.streams import SECOND, START, three_stacks, tick, totals

FIRST, SAME, OTHER_PROCESS, OTHER_PROGRAM = (
    Continuity(True, False, False), Continuity(False, True, True), Continuity(False, True, False),
    Continuity(False, False, False),
)  # fmt: skip


def begin(readings: Readings, continuity: Continuity, **changes: object) -> None:
    for message in three_stacks(**changes):
        match message:
            case Hello():
                readings.begin_connection(message, continuity)
            case Symbols():
                readings.counts.add_names(message)
            case Stacks():
                readings.counts.table.define_stacks(message.defs)


def begun(from_first_reading: bool = False) -> Readings:
    readings = Readings(from_first_reading)
    begin(readings, FIRST)
    return readings


def in_all(readings: Readings) -> tuple[int, int, float]:
    """Objects and bytes, and the seconds since the counts began."""
    return readings.gauges.totals.allocs, readings.timeline.current.bytes, readings.timeline.seconds


def stop(at: float) -> Message:
    return Events((Stw(START + round(at * SECOND), 1, 10, 300),), 0)


def test_the_first_tick_of_another_connection_replaces_what_was_counted() -> None:
    readings = begun()
    assert readings.add_tick(tick(1, {0: (2, 32, 0)}, dur=1))
    begin(readings, SAME)
    assert in_all(readings) == (2, 32, 1.0), "the last figures stay until then"
    assert readings.add_tick(tick(3, {0: (5, 80, 0)}, dur=3))
    assert readings.counts.table.counted[0].tolist()[0] == 5
    assert in_all(readings) == (5, 80, 3.0)
    assert readings.timeline.window_start(Window.TOTAL).at == START / SECOND, "windows go on across the gap"


def test_another_process_of_the_same_program_begins_anew_and_keeps_its_rows() -> None:
    readings = begun()
    readings.add_tick(tick(9, {0: (100, 3200, 0)}, dur=9))
    readings.add_events(stop(2))
    counts = readings.counts
    begin(readings, OTHER_PROCESS, pid=77)
    assert readings.gauges.totals == AgentTotals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    assert readings.runtime.pauses() == ()
    readings.add_tick(tick(10, {0: (1, 16, 0)}, dur=0.5))
    assert in_all(readings) == (1, 16, 0.5)
    assert readings.counts is counts, "stacks are the same code"


def test_another_program_has_stacks_of_its_own_whose_numbers_go_on() -> None:
    readings = begun()
    readings.add_tick(tick(1, {0: (1, 16, 0)}))
    before = readings.counts
    begin(readings, OTHER_PROGRAM, pid=77, build_id="other")
    assert readings.counts is not before
    assert readings.counts.table.first_id == before.next_id == 3


def test_counters_that_went_back_begin_anew_although_it_is_the_same_process() -> None:
    readings = begun()
    readings.add_tick(tick(9, {0: (100, 3200, 0)}, dur=9))
    begin(readings, SAME)
    readings.add_tick(tick(10, {0: (1, 16, 0)}, dur=0.5))
    assert in_all(readings) == (1, 16, 0.5)


def test_the_first_reading_is_left_out_when_a_session_begins_with_it() -> None:
    readings = begun(from_first_reading=True)
    many = {0: (1_000, 8_000, 0)}
    assert readings.add_tick(tick(60, many, dur=60))
    assert in_all(readings) == (0, 0, 0.0)
    readings.add_tick(tick(62, {0: (7, 56, 0)}, totals([(1_007, 8_056, 0)]), seq=2))
    assert in_all(readings) == (7, 56, 2.0)


def test_gauges_and_records_follow_the_ticks() -> None:
    readings = begun()
    readings.add_tick(tick(1, runtime=RuntimeStat(START + SECOND, heap_live=5, goroutines=2)))
    readings.add_events(stop(1))
    assert readings.gauges.runtime and readings.gauges.runtime.heap_live == 5
    assert [pause.stopped_ns for pause in readings.runtime.pauses()] == [300]
    readings.add_tick(tick(2, seq=2, dur=1))
    assert sum(readings.gauges.history.last_values("stopped_ns", 5.0)) > 0


def test_the_rate_of_samples_is_kept_for_the_next_program() -> None:
    readings = begun()
    readings.set_rate(4096)
    assert readings.counts.table.samples.rate == 4096
    begin(readings, OTHER_PROGRAM, pid=77, build_id="other", rate=8192)
    assert readings.counts.table.samples.rate == 8192
