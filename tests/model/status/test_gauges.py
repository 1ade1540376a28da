"""Figures of runtime and process: as they were at gotop's stop of the service, minutes ago, and how old they are."""

import pytest

from gotop.agent.protocol import Proc, RuntimeStat
from gotop.model.session import Session
from gotop.ui.frame.status_text import coverage
from tests.streams import SECOND, START, hello, tick, totals


def runtime(at: float, **figures: int) -> RuntimeStat:
    return RuntimeStat(START + round(at * SECOND), **figures)


def test_what_is_alive_is_held_and_what_is_counted_goes_on() -> None:
    session = Session()
    session.apply(hello())
    session.apply(tick(1, runtime=RuntimeStat(START, goroutines=41, heap_live=900, heap_goal=1800, num_gc=3)))
    session.hold()
    session.apply(tick(2, seq=2, runtime=RuntimeStat(START, goroutines=2, heap_live=100, heap_goal=400, num_gc=5)))
    assert session.goroutines().live == 41
    heap = session.heap()
    assert (heap.live, heap.goal, heap.cycles) == (900, 1800, 5)


def test_without_a_reading_there_is_nothing_to_hold() -> None:
    session = Session()
    session.apply(hello())
    session.hold()
    session.apply(tick(1, runtime=RuntimeStat(START, goroutines=2)))
    assert session.goroutines().live == 2


def test_cycles_a_minute_are_those_of_the_last_minute_and_not_all_since_the_services_start() -> None:
    session = Session()
    session.apply(hello(attached=True))
    session.apply(tick(0.1, runtime=runtime(0.1, num_gc=10_000)))
    assert session.heap().cycles_per_min is None
    for second in range(1, 200):
        cycles = 10_000 + second * (1 if second < 100 else 2) - (0 if second < 100 else 100)
        session.apply(tick(second, seq=second, runtime=runtime(second, num_gc=cycles)))
    assert session.heap().cycles_per_min == pytest.approx(120, rel=0.05)
    assert session.heap(session.moment(START / SECOND + 90)).cycles_per_min == pytest.approx(60, rel=0.05)


def test_a_moment_of_the_past_has_its_own_figures() -> None:
    session = Session()
    session.apply(hello())
    for second in range(1, 121):
        stat = runtime(second, heap_live=1000 * second, goroutines=second, threads=3)
        session.apply(tick(second, {}, totals([(second, 8 * second, 0)]), seq=second, runtime=stat))
        session.apply(Proc(START + second * SECOND, 10.0, second, 3, 4))
    for back in (1, 30, 100):
        then = session.moment(START / SECOND + 120 - back)
        second = round(then.at - START / SECOND)
        assert second <= 120 - back
        assert session.heap(then).live == 1000 * second
        assert session.totals(then).allocs == second
        assert session.goroutines(then).live == second
        assert session.process(then).rss in (second, second - 1)  # it comes after the tick
        graph = session.history("heap_live", 5, then)
        assert graph[-1] == pytest.approx(1000 * second, abs=1000)
    assert session.heap().live == 120_000


def test_the_age_of_figures_that_do_not_come_any_more_is_told() -> None:
    session = Session()
    session.apply(hello())
    session.apply(tick(1, runtime=runtime(1, mallocs=100, base_mallocs=0, hooked=100, heap_live=7, goroutines=1)))
    session.apply(Proc(START + SECOND, 10.0, 1 << 20, 3, 4))
    assert session.heap().age_s == session.goroutines().age_s == session.process().age_s == 0
    assert not session.health().partial
    session.apply(tick(31, seq=2))
    assert session.heap().age_s == session.goroutines().age_s == session.process().age_s == 30
    (why,) = session.health().partial
    assert "30 s" in why
    shown = coverage(session.totals(), bool(session.health().partial))
    assert shown.tone.value == "warn"


def test_what_was_never_read_has_no_age() -> None:
    session = Session()
    session.apply(hello())
    session.apply(tick(10))
    assert session.heap().age_s is None and session.process().age_s is None
    assert not session.health().partial


def counted(at: float, hooked: int, mallocs: int) -> RuntimeStat:
    return runtime(at, mallocs=mallocs, base_mallocs=0, hooked=hooked)


def test_coverage_says_what_is_counted_now_beside_what_was_missed() -> None:
    """Hooks that were off for a time have missed something for good, and count all of what comes."""
    session = Session()
    session.apply(hello())
    for second in range(1, 40):
        hooked = 1000 * min(second, 5) + 1000 * max(0, second - 10)  # off from 5 s to 10 s
        session.apply(tick(second, seq=second, runtime=counted(second, hooked, 1000 * second)))
    totals_now = session.totals()
    assert totals_now.coverage == pytest.approx(34 / 39)
    assert totals_now.coverage_now == 1.0
    shown = coverage(totals_now, True)
    assert (shown.text, shown.tone.value) == ("coverage 87.1 %, now 100.0 %", "warn")
    (why,) = session.health().partial
    assert "all of the last ten seconds" in why


def test_what_is_missed_now_is_not_green_because_it_is_little_of_all() -> None:
    session = Session()
    session.apply(hello())
    for second in range(1, 40):
        many, few = 1_000_000_000, 1000
        hooked = many + few * min(second, 20)
        session.apply(tick(second, seq=second, runtime=counted(second, hooked, many + few * second)))
    shown = coverage(session.totals(), False)
    assert (shown.text, shown.tone.value) == ("coverage 99.9 %, now 0.0 %", "bad")
