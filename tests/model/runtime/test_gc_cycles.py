"""Garbage collections, and the rate of allocation that led to them."""

from __future__ import annotations

import pytest

from gotop.agent.protocol import (
    Events,
)
from tests.model.runtime.recorded import (
    gc,
    session_of,
)
from tests.streams import START, hello


def test_cycles_and_the_rate_that_led_to_them() -> None:
    session = session_of(Events((), 0, (gc(7, 1.0), gc(8, 2.003, before=1001))))
    session.apply(Events((), 0, (gc(7, 1.0), gc(8, 2.003, before=1001), gc(10, 4))))
    first, second, third = session.runtime.cycles()
    assert [cycle.number for cycle in (first, second, third)] == [7, 8, 10]
    assert first.alloc_rate is None
    assert third.alloc_rate is None
    assert second.alloc_rate == pytest.approx(1000)
    assert (first.at, first.sweep_term_ns, first.mark_ns, first.mark_term_ns) == (1.0, 10**6, 10**6, 10**6)
    assert (first.trigger, first.before, first.after, first.marked, first.goal) == (5, 4, 6, 1, 7)
    assert (first.assist_ns, first.background_ns, first.idle_ns, first.pause_ns) == (10, 23, 4, 50)


def test_another_service_has_its_own_cycles() -> None:
    session = session_of(Events((), 0, (gc(7, 1.0),)))
    session.apply(hello(pid=1, started=START + 5))
    session.apply(Events((), 0, (gc(1, 1.0),)))
    assert [cycle.number for cycle in session.runtime.cycles()] == [1]
