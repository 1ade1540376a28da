"""Messages made into values: what could not be read stays None, and instants become seconds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gotop.agent.protocol import SAMPLE_ONLY, AgentTotals, Ended, Proc, RuntimeStat, Settings
from gotop.model.status import from_protocol
from gotop.model.status.values import Ending, Process
from tests.streams import SECOND, START, hello, totals

COUNTED = AgentTotals(10, 800, 24, 1, 80, 3, 4, 2, 4096, 5, 1)


def test_the_service_as_the_greeting_says() -> None:
    target = from_protocol.target(hello(started=START - 60 * SECOND, mono=START, unix=1_000 * SECOND, rate=512))
    assert (target.pid, target.exe, target.args, target.hooks) == (
        4242, "/srv/service", ("./service",), ("runtime.mallocgc",)
    )  # fmt: skip
    assert (target.started_unix, target.rate, target.sample_only) == (940.0, 512, False)
    assert from_protocol.target(hello(mode=SAMPLE_ONLY)).sample_only


def test_changed_settings_are_the_greetings_settings_from_then_on() -> None:
    greeting = hello(partial=("why",))
    changed = from_protocol.changed(greeting, Settings("count", 8, 500, 4096))
    assert changed == replace(greeting, mode="count", depth=8, interval_ms=500, rate=4096)


def test_totals_compare_what_the_hooks_and_the_runtime_counted_in_the_same_span() -> None:
    runtime = RuntimeStat(
        START, mallocs=1_100, base_mallocs=100, alloc_bytes=9_000, base_alloc_bytes=1_000, hooked=990, slack=2,
        hooked_bytes=8_001, slack_bytes=1,
    )  # fmt: skip
    found = from_protocol.totals(COUNTED, runtime)
    assert (found.allocs, found.bytes, found.waste, found.unattributed, found.counted) == (10, 800, 24, 1, 1)
    assert (found.runtime_allocs, found.runtime_bytes) == (1_000, 8_000)
    assert (found.coverage, found.coverage_bytes) == (0.99, 1.0), "one byte is within the slack"
    assert found.coverage_now is None, "there is no earlier reading"


def test_the_coverage_of_now_is_of_what_came_since_a_reading_before() -> None:
    before = RuntimeStat(START, mallocs=1_000, base_mallocs=0, hooked=500, slack=3)
    now = RuntimeStat(START, mallocs=2_000, base_mallocs=0, hooked=1_495, slack=3)
    found = from_protocol.totals(COUNTED, now, before)
    assert (found.coverage, found.coverage_now) == (1_495 / 2_000, 1.0), "both readings may be off by their slack"


@pytest.mark.parametrize("missing", ["mallocs", "base_mallocs", "hooked"])
def test_without_one_of_its_figures_there_is_no_coverage(missing: str) -> None:
    figures = {"mallocs": 100, "base_mallocs": 0, "hooked": 100}
    del figures[missing]
    assert from_protocol.totals(COUNTED, RuntimeStat(START, **figures)).coverage is None


def test_goroutines_that_nobody_counts_are_none_and_not_0() -> None:
    runtime = RuntimeStat(START, goroutines=7, threads=4, gomaxprocs=2, stack_inuse=1 << 16)
    hooked = from_protocol.goroutines(COUNTED, runtime, 0.5, 2.0)
    assert (hooked.live, hooked.created, hooked.created_per_s, hooked.stacks_new) == (7, 4, 2.0, 2)
    assert (hooked.stack_bytes_new, hooked.stack_copies, hooked.age_s) == (4096, 5, 0.5)
    plain = from_protocol.goroutines(COUNTED, runtime, 0.5, 2.0, hooked=False)
    assert (plain.live, plain.threads, plain.gomaxprocs, plain.stack_inuse) == (7, 4, 2, 1 << 16)
    assert {plain.created, plain.created_per_s, plain.stacks_new, plain.stack_bytes_new, plain.stack_copies} == {None}


def test_heap_and_process() -> None:
    runtime = RuntimeStat(
        START, mallocs=9, frees=4, heap_live=100, heap_goal=200, heap_marked=50, num_gc=3, pause_total_ns=7
    )
    heap = from_protocol.heap(runtime, 1.5, 12.0)
    assert (heap.live, heap.goal, heap.marked, heap.cycles, heap.pause_total_ns) == (100, 200, 50, 3, 7)
    assert (heap.allocated, heap.freed, heap.cycles_per_min, heap.age_s) == (9, 4, 12.0, 1.5)
    assert from_protocol.process(Proc(START, 12.5, 4096, 3, None), 0.25) == Process(12.5, 4096, 3, None, 0.25)
    assert from_protocol.process(None, None) == Process(None, None, None, None)


def test_an_end_is_told_in_seconds_since_the_services_start() -> None:
    ended = Ended(START + 90 * SECOND, None, 9, True, False, False)
    assert from_protocol.ending(ended, START) == Ending(90.0, None, 9, True, False, False)


@pytest.mark.parametrize("field", ["allocs", "bytes", "gos"])
def test_counters_that_are_lower_began_again(field: str) -> None:
    lower = replace(COUNTED, **{field: getattr(COUNTED, field) - 1})
    assert from_protocol.went_back(COUNTED, lower)
    assert not from_protocol.went_back(lower, COUNTED) and not from_protocol.went_back(COUNTED, COUNTED)


def test_amounts_are_what_came_between_two_readings() -> None:
    assert from_protocol.amounts(from_protocol.NO_TOTALS, totals([(3, 24, 8)], gos=2)) == {
        "allocs": 3, "bytes": 24, "gos": 2,
    }  # fmt: skip
