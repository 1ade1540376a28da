"""What values about collections and pauses work out by themselves."""

from __future__ import annotations

from gotop.agent.protocol import Events
from gotop.model.runtime.gc_values import Pause
from tests.model.runtime.recorded import gc, session_of


def test_a_pause_is_stopping_and_standing_still() -> None:
    assert Pause(1.0, "GC", 30, 400).total_ns == 430
    assert Pause(1.0, "GC", None, 400).total_ns == 400, "of which only the sum is known"


def test_a_cycle_lasts_for_all_of_its_phases() -> None:

    session = session_of(Events((), 0, (gc(1, 2.0),)))
    (cycle,) = session.runtime.cycles()
    assert (cycle.sweep_term_ns, cycle.mark_ns, cycle.mark_term_ns) == (1_000_000, 1_000_000, 1_000_000)
    assert cycle.lasted_ns == 3_000_000
