"""Phases of a session by what comes and what does not."""

from __future__ import annotations

from gotop.agent.protocol import Lost
from gotop.model.status.connection import STALE_S, ConnectionState
from gotop.model.status.values import Ending, Phase
from tests.streams import Clock


def test_without_news_figures_are_stale_later_where_readings_are_rare() -> None:
    clock = Clock(100.0)
    state = ConnectionState(clock)
    assert state.phase(empty=True, interval_ms=100) is Phase.CONNECTING
    clock.now += STALE_S + 0.1
    assert state.phase(empty=False, interval_ms=100) is Phase.STALE
    assert state.phase(empty=False, interval_ms=5000) is Phase.RUNNING
    state.note_reading(0.0)
    assert (state.stale_s(), state.phase(empty=False, interval_ms=100)) == (0.0, Phase.RUNNING)


def test_a_stream_that_broke_off_and_one_that_is_there_again() -> None:
    clock = Clock(100.0)
    state = ConnectionState(clock)
    state.note_loss(Lost("the agent is gone", retrying=True))
    assert (state.phase(False, 100), state.notice) == (Phase.RECONNECTING, "the agent is gone")
    state.note_loss(Lost("nobody tries again", retrying=False))
    assert state.phase(False, 100) is Phase.LOST
    state.replay = True
    assert state.phase(False, 100) is Phase.OVER
    clock.now += 60
    assert state.stale_s() == 0, "a recording does not get stale"
    state.begin_connection()
    assert (state.phase(False, 100), state.notice) == (Phase.RUNNING, "")


def test_a_reading_that_has_waited_is_as_old_as_it_is() -> None:
    clock = Clock(100.0)
    state = ConnectionState(clock)
    state.begin_connection(agent_time=7.0)
    clock.now += 5
    state.note_reading(9.0)
    assert (state.stale_s(), state.age_s()) == (0.0, 3.0)
    assert state.phase(empty=False, interval_ms=100) is Phase.RUNNING, "something is heard"
    clock.now += 1
    state.note_reading(13.0)
    assert state.age_s() == 0.0
    clock.now += 1
    assert state.age_s() == 1.0
    state.replay = True
    assert state.age_s() == 0.0


def test_an_end_is_final_and_does_not_get_stale() -> None:
    clock = Clock(100.0)
    state = ConnectionState(clock)
    state.ending = Ending(1.0, 0, None, False, False, False)
    state.note_loss(Lost("closed", retrying=False))
    clock.now += 60
    assert (state.phase(False, 100), state.stale_s()) == (Phase.ENDED, 0.0)
