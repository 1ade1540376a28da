"""What each message does to the state of the runtime, and when it is forgotten."""

from __future__ import annotations

from gotop.agent.protocol import Events, GoroutineRow, RuntimeStat, SizeClasses, Stw, Symbols
from gotop.model.runtime.runtime_state import RuntimeState
from tests.model.runtime.recorded import gc, reading, session_of
from tests.streams import SECOND, START, tick

WAITING = 4  # runtime/runtime2.go _Gwaiting


def state() -> RuntimeState:
    found = RuntimeState()
    found.begin_service(START, hooked=True)
    return found


def test_events_return_for_how_long_the_world_stood_still() -> None:
    runtime = state()
    stops = (Stw(START + SECOND, 1, 10, 300), Stw(START + 2 * SECOND, 2, 10, 50))
    assert runtime.apply(Events(stops, 0, (gc(1, 1.5),))) == 350
    assert [pause.stopped_ns for pause in runtime.pauses()] == [300, 50]
    assert [cycle.number for cycle in runtime.cycles()] == [1]
    assert runtime.apply(Events(stops, 0)) == 0, "known already"


def test_other_messages_stop_nothing_and_reach_their_records() -> None:
    runtime = state()
    assert runtime.apply(reading(GoroutineRow(0, 0, WAITING, 0, 5, 4096))) == 0
    assert runtime.apply(SizeClasses(START + SECOND, (16, 9, 4), 2, (1, 40_000, 0, 0))) == 0
    assert runtime.apply(RuntimeStat(START + SECOND, heap_live=77, heap_goal=154)) == 0
    living = runtime.live_goroutines()
    assert living and living.user == 5
    assert [(each.size, each.mallocs) for each in runtime.size_classes() if each.size == 16] == [(16, 9)]
    assert [(each.heap, each.goal) for each in runtime.heap_bins(0.0, 2.0, 1)] == [(77, 154)]


def test_another_service_has_nothing_of_the_one_before() -> None:
    runtime = state()
    runtime.apply(Events((Stw(START + SECOND, 1, 10, 300),), 0, (gc(1, 1.5),)))
    runtime.begin_service(START, hooked=True)
    assert runtime.pauses() and runtime.cycles(), "the same one goes on"
    runtime.begin_service(START + SECOND, hooked=False)
    assert not runtime.pauses() and not runtime.cycles()


def test_a_moment_that_stands_still_is_asked_for_once_and_does_not_move_on() -> None:
    session = session_of(tick(1), Events((Stw(START + SECOND, 1, 10, 300),), 0))
    moment = session.moment()
    then = session.runtime.as_of(moment.timeline)
    assert session.runtime.as_of(moment.timeline) is then
    session.apply(tick(2, seq=2))
    session.apply(Events((Stw(START + 2 * SECOND, 1, 10, 400),), 0))
    assert [pause.stopped_ns for pause in then.pauses()] == [300]
    assert [pause.stopped_ns for pause in session.runtime.pauses()] == [300, 400]


def test_names_of_reasons_stay_where_none_are_sent() -> None:
    session = session_of(Symbols((), (), waits=("", "a wait of its own"), stw_reasons=("", "a stop of its own")))
    session.apply(Symbols((), ()))
    session.apply(Events((Stw(START + SECOND, 1, 10, 300),), 0))
    session.apply(reading(GoroutineRow(0, 0, WAITING, 1, 5, 4096)))
    assert [pause.reason for pause in session.runtime.pauses()] == ["a stop of its own"]
    living = session.runtime.live_goroutines()
    assert living and [name for name, _ in living.states] == ["a wait of its own"]
