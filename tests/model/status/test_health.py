"""What is said of figures that are not whole, and that nothing is said of those that are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gotop.agent.protocol import AgentStat, AgentTotals, Lost, RuntimeStat
from gotop.model.status import from_protocol, health
from gotop.model.status.connection import ConnectionState
from gotop.model.status.gauges import GaugeReading
from gotop.model.status.values import ModeChange, Price, Target, Totals
from tests.streams import SECOND, Clock, hello

WHOLE = Totals(100, 800, 0, 100, 800, 1.0, 0, 0, coverage_bytes=1.0, coverage_now=1.0)
NOTHING_COUNTED = AgentTotals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def reading(at: float = 1.0, missing: tuple[str, ...] = (), runtime_at: float | None = None) -> GaugeReading:
    runtime = RuntimeStat(round((at if runtime_at is None else runtime_at) * SECOND), missing=missing)
    return GaugeReading(at, NOTHING_COUNTED, runtime, None)


def told(
    target: Target | None = None, partial: tuple[str, ...] = (), totals: Totals = WHOLE, unattributed: str = "",
    undefined: int = 0, read: GaugeReading | None = None,
) -> list[str]:  # fmt: skip
    return list(health.shortcomings(target, partial, read or reading(), totals, unattributed, undefined))


def test_nothing_is_said_of_figures_that_are_whole() -> None:
    assert told() == []
    assert list(health.folded(0, "")) == []


def test_each_thing_that_is_missing_has_its_sentence() -> None:
    found = told(
        from_protocol.target(hello(mode="sample-only", rate=512 << 10)), ("no copystack",),
        unattributed="no labels", undefined=3, read=reading(missing=("no pacer",)),
    )  # fmt: skip
    assert found[1:] == ["no copystack", "no pacer", "no labels", "the agent counted 3 stacks that it never described"]
    assert "512" in found[0], found[0]


def test_figures_of_the_runtime_are_old_from_two_seconds_on() -> None:
    assert (health.old_figures(None), health.old_figures(1.9), health.old_figures(2.0)) == (None, None, 2.0)
    assert told(read=reading(at=40.0, runtime_at=38.5)) == []
    (why,) = told(read=reading(at=40.0, runtime_at=10.0))
    assert "could not be read for 30 s" in why


@pytest.mark.parametrize(
    ("share", "share_of_bytes", "words"),
    [
        (0.9, 1.0, ("90 % of the allocations", "missing is in no site", "an arena")),
        (1.0, 0.5, ("50 % of the allocated bytes", "missing is in no site")),
        (1.2, 1.3, ("120 % of the allocations and 130 % of the allocated bytes", "counted too much is in the sites")),
    ],
)
def test_a_count_that_is_not_the_runtimes_says_by_how_much_and_why(
    share: float, share_of_bytes: float, words: tuple[str, ...]
) -> None:
    (why,) = health.uncovered(replace(WHOLE, coverage=share, coverage_bytes=share_of_bytes, coverage_now=None))
    assert all(word in why for word in words), why


def test_what_was_missed_once_and_is_counted_now_is_said_so() -> None:
    (why,) = health.uncovered(replace(WHOLE, coverage=0.9))
    assert "all of the last ten seconds" in why
    (why,) = health.uncovered(replace(WHOLE, coverage_bytes=0.5))
    assert "missing is in no site" in why, "what is known of now is known of objects, not of bytes"
    assert list(health.uncovered(replace(WHOLE, coverage=None, coverage_bytes=None))) == [], "nothing to compare with"


def test_stacks_kept_as_their_site_say_for_want_of_what() -> None:
    (by_itself,), (chosen,) = health.folded(1_200, ""), health.folded(1_200, "--memory 10 MB")
    assert "1,200 stacks" in by_itself and "by itself" in by_itself
    assert "--memory 10 MB" in chosen


def test_the_agents_own_figures() -> None:
    clock = Clock(10.0)
    connection = ConnectionState(clock)
    connection.lost_events = 4
    connection.note_loss(Lost("the agent is gone", True))
    clock.now += 3
    agent = AgentStat(2_500_000_000, 1 << 20, 1.5, 2, 1 << 16, 0.02, 0.05, 0.01, 0.03, 0.04, 0.03, 0.0, "no samples")
    modes = (ModeChange(0.0, "exact"), ModeChange(7.0, "sites"))
    found = health.health(agent, connection, 12, ("why",), modes)
    assert (found.agent_cpu_s, found.agent_rss, found.lag_ms, found.viewers, found.table_bytes) == (
        2.5, 1 << 20, 1.5, 2, 1 << 16,
    )  # fmt: skip
    assert (found.partial, found.stacks, found.lost_events, found.notice) == (("why",), 12, 4, "the agent is gone")
    assert (found.stale_s, found.modes, found.budget) == (3.0, modes, 0.05)
    assert (found.price, found.price_all) == (Price(0.02, 0.01, 0.03), Price(0.04, 0.03, 0.0))
    assert (found.price.measured, found.price_all.measured, found.price_why) == (True, False, "no samples")
