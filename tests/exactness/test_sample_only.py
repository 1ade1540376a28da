"""What is read of a process without hooks, against what the process's own runtime says of itself.

The profile that the service writes (`runtime/pprof`, which scales samples by scaleHeapSample) is the oracle: per stack
and size, objects must be the same to one (pprof cuts off, gotop rounds), and bytes to one object. Only what main.work
and its callees allocate is compared: the profile goes on while it is written.
"""

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests import toolchains
from tests.cli.running import PATIENCE_S, Runner, wait_until
from tests.exactness import pprof
from tests.exactness.monitored import Stack, report_stacks, without_runtime
from tests.sampled import Watcher, service, watching

CELLS = [("1.21", "plain"), ("1.24", "stripped-pie"), ("1.26", "plain"), ("1.27", "stripped")]
OTHERS = [
    (version, variant)
    for version in toolchains.SUPPORTED
    for variant in ("plain", "pie", "stripped", "stripped-pie")
    if (version, variant) not in CELLS
]

Figures = dict[Stack, list[tuple[int, int]]]


def of_work(stack: Stack) -> bool:
    return any(function in ("main.work", "main.below") for function, *_ in stack)  # Go 1.22 keeps but 32 frames


def expected(profile: Path, version: str) -> Figures:
    found: Figures = defaultdict(list)
    for sample in pprof.read(profile, version):
        if of_work(sample.stack):
            found[without_runtime(sample.stack)].append((sample.objects, sample.bytes))
    return {stack: sorted(figures) for stack, figures in found.items()}


def reported(report: dict[str, object]) -> Figures:
    found: Figures = defaultdict(list)
    for type_name, frames, stack in report_stacks(report):
        frames_ = tuple((frame["function"], frame["file"], frame["line"]) for frame in frames)
        if of_work(frames_):
            assert stack["estimated"]
            assert type_name == ""
            found[without_runtime(frames_)].append((stack["allocs"], stack["bytes"]))
    return {stack: sorted(figures) for stack, figures in found.items()}


def compare(ours: Figures, theirs: Figures) -> None:
    assert ours.keys() == theirs.keys()
    for stack, figures in theirs.items():
        assert len(ours[stack]) == len(figures), stack
        for (objects, size), (true_objects, true_size) in zip(ours[stack], figures, strict=True):
            assert abs(objects - true_objects) <= 1
            assert abs(size - true_size) <= true_size / true_objects + 1


def seen_cycles(watcher: Watcher) -> tuple[list[int], list[int]]:
    """Numbers of the cycles told whole, and the reasons of the stops told."""
    events = [message for message in watcher.messages() if message["t"] == "events"]
    return [cycle[0] for event in events for cycle in event["gc"]], [stw[1] for e in events for stw in e["stw"]]


@pytest.mark.parametrize(
    ("version", "variant"), [*CELLS, *[pytest.param(*cell, marks=pytest.mark.slow) for cell in OTHERS]]
)
def test_estimates_equal_those_of_pprof(version: str, variant: str, tmp_path: Path) -> None:
    profile = tmp_path / "allocs.pb.gz"
    with service(version, variant, "-rate", "4096") as running:
        running.do("work", 1000)  # before anybody watches
        with watching(Runner(tmp_path), running.pid, tmp_path / "recording") as watcher:
            running.do("work", 1000)
            running.do("profile", profile)
            watcher.see()
            report = watcher.report()
    theirs = expected(profile, version)
    assert len(theirs) >= 5
    assert any(frame["inlined"] for _, frames, _ in report_stacks(report) for frame in frames)
    compare(reported(report), theirs)
    cut = {stack["cut"] for _, frames, stack in report_stacks(report) if len(frames) > 30}
    assert cut == {version in ("1.21", "1.22")}
    assert report["target"]["mode"] == "sample-only"
    assert report["totals"]["coverage"] is None
    assert report["goroutines"]["created"] is None
    assert report["totals"]["allocs"] == report["totals"]["runtime_allocs"] > 2000 * 11
    assert "1 sample in 4 KiB" in report["health"]["partial"][0]
    assert len(report["health"]["partial"]) == 1


def test_every_allocation_is_a_sample_where_the_service_wants_that(tmp_path: Path) -> None:
    """With a rate of 1 nothing is estimated: the counts are those that the source says."""
    with (
        service("1.26", "plain", "-rate", "1") as running,
        watching(Runner(tmp_path), running.pid, tmp_path / "recording") as watcher,
    ):
        running.do("work", 320)
        watcher.see()
        report = watcher.report()
    allocs: Counter[tuple[str, int]] = (
        Counter()
    )  # sizes, too: where a collection is started, the runtime allocates as well
    for _, frames, stack in report_stacks(report):
        site = without_runtime((frame["function"], frame["file"], frame["line"]) for frame in frames)
        if site:
            allocs[site[0][0], stack["bytes"] // stack["allocs"]] += stack["allocs"]
    assert allocs["main.newPair", 16] == 320 * 8
    assert allocs["main.large", 20480] == 320
    assert allocs["main.huge", 303104] == 20


def test_collections_are_those_of_the_runtime(tmp_path: Path) -> None:
    with (
        service("1.26") as running,
        watching(Runner(tmp_path), running.pid, tmp_path / "recording", "--interval", "20ms") as watcher,
    ):
        watcher.see()
        before = max([0, *seen_cycles(watcher)[0]])
        for _ in range(5):
            running.do("gc", 1)
            watcher.see()
        running.do("gc", 40)  # more than are seen whole: all have their pauses
        watcher.see()
        report = watcher.report()
        cycles, reasons = seen_cycles(watcher)
    assert set(range(before + 1, before + 6)) <= set(cycles)
    assert cycles == sorted(set(cycles))
    assert report["gc"]["cycles"] == before + 45 == len(report["gc"]["pauses"]) == len(reasons)
    assert set(reasons) == {256}
    assert {pause["reason"] for pause in report["gc"]["pauses"]} == {"GC cycle (both stops)"}
    instants = [pause["at"] for pause in report["gc"]["pauses"]]
    assert instants == sorted(instants)
    assert instants[0] >= 0
    assert all(pause["stopped_ns"] > 0 for pause in report["gc"]["pauses"])


def test_a_rate_that_changes_is_told(tmp_path: Path) -> None:
    with (
        service("1.26") as running,
        watching(Runner(tmp_path), running.pid, tmp_path / "recording") as watcher,
    ):
        running.do("rate", 4096)
        running.do("work", 10)
        told = lambda: any(m["t"] == "settings" and m["rate"] == 4096 for m in watcher.messages())  # noqa: E731
        wait_until(told, "news of the rate", 10 * PATIENCE_S)
        report = watcher.report()
    assert "1 sample in 4 KiB" in report["health"]["partial"][0]
