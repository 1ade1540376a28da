"""A session in which nothing is hooked: what is exact, what is an estimate, and since when."""

from __future__ import annotations

import math

import pytest

from gotop.agent.protocol import (
    CYCLE,
    SAMPLE,
    SAMPLE_ONLY,
    AgentTotals,
    Events,
    GoroutineReading,
    GoroutineRow,
    Message,
    RuntimeStat,
    Settings,
    StackDef,
    Stacks,
    Stw,
)
from gotop.export.json_report import document
from gotop.export.text_report import as_text
from gotop.model.counts.sampling import sample_only_notice, sampling_text
from gotop.model.queries import SiteQuery, SiteSort, StackQuery, Window
from gotop.model.trees.flame_graph import ROOT, FlameQuery
from tests.streams import SECOND, START, Counted, hello, names, session_of, tick

RATE = 512 << 10
MALLOC, A, B = 1, 2, 3
SMALL, LARGE = 96, 40960


def totals(allocs: int) -> AgentTotals:
    return AgentTotals(allocs, 100 * allocs, 0, allocs, 100 * allocs, 2, 0, 0, 0, 0, allocs)


def reading(at: float, allocs: int) -> RuntimeStat:
    return RuntimeStat(
        START + round(at * SECOND), mallocs=allocs, alloc_bytes=100 * allocs, base_mallocs=0, hooked=None
    )


def told(at: float, counted: Counted, allocs: int, dur: float = 0.25, seq: int = 2) -> Message:
    return tick(at, counted, totals(allocs), dur, seq, reading(at, allocs))


def beginning(rate: int = RATE) -> list[Message]:
    """A service that has run for an hour: ten samples of small objects and two of large ones."""
    return [
        hello(mode=SAMPLE_ONLY, hooks=(), rate=rate),
        names(("runtime.mallocgc", "main.a", "main.b")),
        Stacks((StackDef(0, SAMPLE, 0, (MALLOC, A), False), StackDef(1, SAMPLE, 0, (MALLOC, B), False))),
        told(3600, {0: (10, 10 * SMALL, 0), 1: (2, 2 * LARGE, 0)}, 1_000_000, dur=3600, seq=1),
    ]


def scaled(count: int, size: int, rate: int) -> tuple[int, int]:
    """runtime/pprof scaleHeapSample, but for its cutting off."""
    scale = 1 / (1 - math.exp(-size / rate))
    return round(count * scale), round(count * size * scale)


def test_sites_are_scaled_as_pprof_scales_them_and_totals_are_the_runtimes_own() -> None:
    session = session_of(beginning())
    rows = {row.key.function: row for row in session.sites(SiteQuery(sort=SiteSort.BYTES, window=Window.TOTAL)).rows}
    for function, count, size in (("main.a", 10, SMALL), ("main.b", 2, LARGE)):
        allocs, total = scaled(count, size, RATE)
        assert rows[function].allocs == allocs
        assert rows[function].bytes == pytest.approx(total, abs=size)
        assert rows[function].estimated
        assert all(stack.estimated for stack in session.stacks(rows[function].key, StackQuery()))
    assert session.estimated
    assert session.totals().allocs == session.totals().runtime_allocs == 1_000_000
    assert session.totals().coverage is None


def test_rates_are_of_what_was_watched_and_totals_since_the_start() -> None:
    messages = [*beginning(), *[told(3600 + at / 4, {1: (1, LARGE, 0)}, 1_000_000 + 10 * at) for at in range(1, 41)]]
    session = session_of(messages)
    assert session.watched_s == pytest.approx(10)
    assert session.seconds == pytest.approx(3610)
    report = document(session)
    each, size = scaled(1, LARGE, RATE)
    site = report["sites"][0]
    assert (report["seconds"], site["function"]) == (pytest.approx(10), "main.b")
    assert site["allocs"] == pytest.approx(42 * each, abs=30)
    assert site["bytes_per_s"] == pytest.approx(4 * size, rel=0.05)
    assert session.rate(Window.S10).allocs == pytest.approx(40)


def test_what_is_not_counted_is_not_0() -> None:
    session = session_of(beginning())
    goroutines = session.goroutines()
    assert (goroutines.created, goroutines.stacks_new, goroutines.stack_copies) == (None, None, None)
    report = document(session)
    assert report["goroutines"]["created"] is None
    assert report["target"]["mode"] == "sample-only"
    assert report["sites"][0]["estimated"]
    assert report["sites"][0]["stacks"][0]["estimated"]
    for part in ("totals", "goroutines"):
        kept = {"totals": ("waste", "unattributed"), "goroutines": ("created",)}[part]
        assert {report[part][name] for name in kept} == {None}
    assert set(report["goroutines"]["stacks"].values()) == {None}
    assert report["sites"][0]["waste"] is None and report["sites"][0]["stacks"][0]["waste"] is None
    text = as_text(session)
    assert "– created; – new stacks (–), – reused" in text and "– growths" in text
    line = next(line for line in text.splitlines() if "main.a" in line)
    assert " 0 B " not in line


def test_living_goroutines_were_created_at_some_time_that_nobody_counted() -> None:
    session = session_of([*beginning(), reading_of_goroutines()])
    (site,) = session.runtime.goroutine_sites()
    assert (site.live, site.created, site.created_per_s, site.new, site.growths, site.copied) == (
        7, None, None, None, None, None,
    )  # fmt: skip
    assert document(session)["goroutines"]["sites"][0]["created"] is None
    assert "–" in as_text(session)


def reading_of_goroutines() -> Message:
    return GoroutineReading(START, 1000, 7, 0, 0, 0, 0, 0, 0, (GoroutineRow(A, 0, 4, 1, 7, 70),), "")


def test_the_statement_follows_the_rate() -> None:
    session = session_of(beginning())
    assert session.health().partial == (sample_only_notice(RATE),)
    session.apply(Settings(SAMPLE_ONLY, 128, 100, 0))
    assert "takes no samples" in session.health().partial[0]
    assert session_of([hello(partial=("x",))]).health().partial == ("x",)


def test_both_stops_of_a_cycle_are_one_pause() -> None:
    session = session_of([*beginning(), Events((Stw(START + SECOND, CYCLE, 0, 50_000),), 0)])
    (pause,) = session.runtime.pauses()
    assert (pause.at, pause.reason, pause.stopped_ns) == (1.0, "GC cycle (both stops)", 50_000)


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (RATE, "1 sample in 512 KiB"),
        (1 << 20, "1 sample in 1 MiB"),
        (1000, "1 sample in 1,000 bytes"),
        (1, "every allocation"),
        (0, "no samples"),
    ],
)
def test_distances_are_written_as_go_writes_them(rate: int, text: str) -> None:
    assert sampling_text(rate) == text


def test_every_figure_of_the_text_that_is_an_estimate_says_so() -> None:
    line = next(line for line in as_text(session_of(beginning())).splitlines() if "main.a" in line)
    assert line.count("≈") == 6


def test_the_flame_graph_is_made_of_samples_too() -> None:
    session = session_of(beginning())
    flame = session.flame(FlameQuery(window=Window.TOTAL))
    rows = session.sites(SiteQuery(window=Window.TOTAL)).rows
    assert flame.value(ROOT) == sum(row.bytes for row in rows) > 0
