"""Goroutines, copied stacks, cycles, paths, size classes and samples, as a session tells them."""

from __future__ import annotations

from gotop.agent.protocol import (
    Events,
    Stw,
)
from gotop.model.runtime.stw_pauses import reason_name
from tests.model.runtime.recorded import (
    session_of,
)
from tests.streams import SECOND, START, tick


def test_pauses_summed_up() -> None:
    stops = tuple(Stw(START + second * SECOND, 1 + second % 2, 10 * second, second) for second in range(1, 11))
    session = session_of(tick(10), Events(stops, 0))
    whole = session.runtime.pause_summary()
    assert (whole.stopping.count, whole.stopping.max_ns, whole.stopped.p50_ns, whole.whole.total_ns) == (
        10,
        100,
        5,
        605,
    )
    assert {kind.reason: kind.count for kind in session.runtime.pause_reasons()} == {
        reason_name(1): 5,
        reason_name(2): 5,
    }
    then = session.runtime.as_of(session.moment(START / SECOND + 10).timeline)
    session.apply(Events((Stw(START + 11 * SECOND, 1, 1_000, 1),), 0))
    assert then.pause_summary() == whole
    assert session.runtime.pause_summary().stopping.max_ns == 1_000
