"""Reasons for stopping the world, and pauses that arrive twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotop.agent.protocol import CYCLE, Events, Stw, Symbols
from gotop.golang.layouts import known_minors, layout_of
from gotop.model.runtime.pause_quantiles import PauseDurationsByReason
from gotop.model.runtime.stw_pauses import REASONS, StwPauses, reason_name
from gotop.model.session import Session
from tests.streams import START, hello


def test_reasons_without_names_are_those_of_every_layout() -> None:
    named = [layout.stw_reasons for minor in known_minors() if (layout := layout_of(minor)) and layout.stw_reasons]
    assert named
    assert set(named) == {REASONS}


def test_the_stream_names_reasons_as_the_version_of_go_does() -> None:
    session = Session(lambda: 0.0)
    session.apply(hello())
    session.apply(Events((Stw(START + 1, 1, 10, 100),), 0))
    session.apply(Symbols((), (), stw_reasons=("unknown", "a reason of its own")))
    session.apply(Symbols((), ()))  # names nothing anew
    session.apply(Events((Stw(START + 2, 1, 10, 100), Stw(START + 3, 2, 10, 100)), 0))
    assert [pause.reason for pause in session.runtime.pauses()] == [
        "GC mark termination", "a reason of its own", "reason 2",
    ]  # fmt: skip


def test_an_unknown_reason_shows_its_number() -> None:
    assert (reason_name(1), reason_name(99), reason_name(-1)) == ("GC mark termination", "reason 99", "reason -1")


def test_a_stop_of_which_only_the_sum_is_known() -> None:
    pauses = StwPauses()
    pauses.add_pauses([Stw(1_500_000_000, CYCLE, 0, 100), Stw(2_000_000_000, 2, 20, 200)], started=1_000_000_000)
    both, sweep = pauses.all_pauses()
    assert (both.stopping_ns, both.stopped_ns, both.total_ns) == (None, 100, 100)
    assert (sweep.stopping_ns, sweep.total_ns) == (20, 220)
    whole = pauses.durations.summary()
    assert (whole.stopping.count, whole.stopped.count, whole.whole.count, whole.whole.total_ns) == (1, 1, 2, 320)
    assert {kind.reason: kind.stopping_max_ns for kind in pauses.durations.reason_summaries()} == {
        both.reason: None, sweep.reason: 20,
    }  # fmt: skip


def test_what_a_new_connection_sends_again_is_known() -> None:
    pauses = StwPauses()
    first, second = Stw(1_500_000_000, 1, 10, 100), Stw(2_000_000_000, 2, 20, 200)
    assert pauses.add_pauses([first], started=1_000_000_000) == 100
    assert pauses.add_pauses([first, second], started=1_000_000_000) == 200
    assert [(p.at, p.reason, p.stopping_ns, p.stopped_ns) for p in pauses.all_pauses()] == [
        (0.5, "GC mark termination", 10, 100),
        (1.0, "GC sweep termination", 20, 200),
    ]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(0, 9)), max_size=60), st.integers(1, 20))
def test_lengths_are_those_of_the_stops_that_are_kept(stops: list[tuple[int, int, int]], keep: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gotop.model.runtime.stw_pauses.KEEP", keep)
        pauses = StwPauses()
        for at, (reason, stopping, stopped) in enumerate(stops):
            pauses.add_pauses([Stw(at, reason, stopping, stopped)], started=0)
    kept = pauses.all_pauses()
    assert len(kept) == min(keep, len(stops))
    assert pauses.last_pauses(3) == list(kept[-3:])
    assert pauses.durations.summary() == PauseDurationsByReason(kept).summary()
    assert set(pauses.durations.reason_summaries()) == set(PauseDurationsByReason(kept).reason_summaries())
    assert pauses.durations.summary().whole.total_ns == sum(pause.total_ns for pause in kept)
