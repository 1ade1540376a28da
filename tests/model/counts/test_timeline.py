"""Rates in windows, against sums over the very readings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotop.agent.protocol import Stacks
from gotop.model.counts.timeline import SLACK_S
from gotop.model.queries import SiteQuery, Window
from gotop.model.session import Session
from gotop.model.sites.site_rows import SiteRow
from gotop.model.values import SiteKey
from tests.streams import hello, names, stack, tick, totals

SITE = SiteKey("main.a", "/src/main.a.go", 10, "")


class Watched:
    """A session fed with readings of one site."""

    def __init__(self) -> None:
        # The clock stands still: rates must not depend on it.
        self.session = Session(lambda: 0.0)
        self.readings: list[tuple[float, int]] = []
        self.join()

    def join(self) -> None:
        for message in (hello(), names(["main.a"]), Stacks((stack(0, 1),))):
            self.session.apply(message)
        self._told = 0

    def read(self, at: float, size: int, dur: float = 0.1) -> None:
        self.readings.append((at, size))
        total = sum(size for _, size in self.readings)
        self.session.apply(tick(at, {0: (1, total - self._told, 0)}, totals([(len(self.readings), total, 0)]), dur=dur))
        self._told = total

    def row(self, window: Window) -> SiteRow:
        return self.session.sites(SiteQuery(window=window)).rows[0]


def test_a_steady_rate_reads_the_same_in_every_window_from_the_start() -> None:
    for interval in (0.02, 0.1, 0.25, 1.0, 3.0):
        watched, at = Watched(), 0.0
        while at < 75:
            at += interval
            watched.read(at, round(1_000_000 * interval), dur=interval)
            for window in Window:
                assert watched.session.rate(window).bytes == pytest.approx(1e6)
                assert watched.row(window).bytes_per_s == pytest.approx(1e6)
                assert watched.row(window).share == pytest.approx(1.0)
        assert watched.row(Window.NOW).trend == pytest.approx((1e6,) * len(watched.row(Window.NOW).trend))
        assert 28 <= len(watched.row(Window.NOW).trend) <= 30


@given(
    st.lists(st.tuples(st.sampled_from([0.05, 0.1, 0.5, 1.0, 4.0]), st.integers(0, 10_000)), min_size=1, max_size=150)
)
def test_every_window_is_a_true_mean_of_a_span_of_its_length(steps: list[tuple[float, int]]) -> None:
    """At most a bit longer than the window; shorter only where nothing is older, longer only over a gap."""
    watched, at = Watched(), 0.0
    for seconds, size in steps:
        at += seconds
        watched.read(at, size, dur=seconds)
    begins = [0.0] + [when for when, _ in watched.readings[:-1]]
    spans = {at - begin: sum(size for when, size in watched.readings if when > begin) for begin in begins}
    for window in (Window.NOW, Window.S10, Window.S60):
        assert window.value is not None
        length = window.value - 1e-9
        as_asked = [span for span in spans if length <= span <= length + SLACK_S + 1e-6]
        shorter = [span for span in spans if span < length]
        if at < length:
            allowed = [max(spans)]
        elif any(span <= length + SLACK_S / 2 for span in as_asked):
            allowed = as_asked
        else:
            allowed = as_asked + shorter or [min(spans)]
        rate = watched.session.rate(window).bytes
        assert any(rate == pytest.approx(spans[span] / span, abs=1e-6) for span in allowed)
        assert watched.row(window).bytes_per_s == pytest.approx(rate, abs=1e-6)


def test_now_forgets_within_two_seconds_and_ten_seconds_do_not() -> None:
    watched = Watched()
    for tenth in range(1, 101):
        watched.read(tenth / 10, 1000)
    for tenth in range(101, 121):
        watched.read(tenth / 10, 0)
    assert watched.session.rate(Window.NOW).bytes == 0
    assert 7000 <= watched.session.rate(Window.S10).bytes <= 9000
    assert watched.session.rate(Window.TOTAL).bytes == pytest.approx(100_000 / 12)
    assert watched.row(Window.NOW).trend[-1] == 0
    assert watched.row(Window.NOW).trend[0] == pytest.approx(10_000)


def test_joining_late_counts_all_and_rates_begin_then() -> None:
    watched = Watched()
    watched.read(3600, 3_600_000, dur=3600)
    assert watched.session.rate(Window.S60).bytes == pytest.approx(1000)
    watched.read(3600.5, 50_000)
    watched.read(3601, 50_000)
    assert watched.session.rate(Window.S60).bytes == pytest.approx(100_000)
    assert watched.row(Window.TOTAL).bytes_per_s == pytest.approx(3_700_000 / 3601)
    assert watched.session.seconds == pytest.approx(3601)
    assert max(watched.session.history("bytes", 60), default=0) < 110_000


def test_a_gap_is_averaged_over_and_then_forgotten() -> None:
    watched = Watched()
    for tenth in range(1, 21):
        watched.read(tenth / 10, 100)
    watched.join()
    watched.read(32, 30_000, dur=32)
    assert watched.session.rate(Window.NOW).bytes == pytest.approx(1000)
    watched.read(32.1, 500)
    assert watched.session.rate(Window.NOW).bytes == pytest.approx(5000)
    assert sum(watched.session.history("bytes", 60)) * 0.5 == pytest.approx(32_000, rel=0.02)


def test_no_reading_no_rate() -> None:
    session = Session(lambda: 0.0)
    assert session.rate(Window.NOW).bytes == 0
    assert list(session.sites(SiteQuery()).rows) == []
    assert session.history("bytes", 60) == []
    assert session.runtime.goroutine_sites() == ()
    assert session.seconds == 0
