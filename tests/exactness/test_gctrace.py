"""Every cycle of the garbage collector as `GODEBUG=gctrace=1` prints it, and every pause as `MemStats` has it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gotop.agent.protocol import Events, Gc, Stw, decode_all
from tests import toolchains
from tests.exactness.monitored import monitor

LINE = re.compile(
    r"^gc (?P<number>\d+) @\S+s (?P<util>\d+)%.*?: (?P<clock>\S+) ms clock, (?P<cpu>\S+) ms cpu, "
    r"(?P<heap>\d+->\d+->\d+) MB, (?P<goal>\d+) MB goal, (?P<stacks>\d+) MB stacks, (?P<globals>\d+) MB globals, "
    r"(?P<procs>\d+) P(?P<forced> \(forced\))?$",
    re.M,
)


class Seen(NamedTuple):
    report: Any
    cycles: list[Gc]
    stops: list[Stw]
    trace: list[re.Match[str]]
    statement: Any


def run(version: str, tmp_path: Path, *arguments: str, **env: str) -> Seen:
    """A run of the service `gc`, as gotop, gctrace and the service itself tell it."""
    record, out = tmp_path / "record", tmp_path / "out.json"
    binary = toolchains.build("gc", version)
    env = {"GODEBUG": "gctrace=1", **env}
    done = monitor(binary, *arguments, "-out", str(out), options=["--record", str(record)], statement=out, env=env)
    assert done.code == 0
    events = [message for message in decode_all(record.read_bytes()) if isinstance(message, Events)]
    assert not sum(message.lost for message in events)
    cycles = [cycle for message in events for cycle in message.gc]
    stops = [stop for message in events for stop in message.stw]
    return Seen(done.report, cycles, stops, list(LINE.finditer(done.stderr)), done.statement)


def milliseconds(ns: int) -> str:
    """runtime/mgc.go fmtNSAsMS."""
    if ns >= 10_000_000:
        return str(ns // 1_000_000)
    x = ns // 1_000
    if x == 0:
        return "0"
    digits = 3
    while x >= 100:
        x //= 10
        digits -= 1
    return f"{x // 10**digits}.{x % 10**digits:0{digits}}"


def traced(cycle: Gc) -> dict[str, str | None]:
    """A cycle as gctrace prints it."""
    clock = (cycle.mark - cycle.sweep_term, cycle.mark_term - cycle.mark, cycle.end - cycle.mark_term)
    work = (cycle.assist_ns, cycle.dedicated_ns + cycle.fractional_ns, cycle.idle_ns)
    first, last = (cycle.stw_procs * span for span in (clock[0], clock[2]))
    marking = "/".join(map(milliseconds, work))
    return {
        "number": str(cycle.number),
        "util": str(int(cycle.cpu_fraction * 100)),
        "clock": "+".join(map(milliseconds, clock)),
        "cpu": f"{milliseconds(first)}+{marking}+{milliseconds(last)}",
        "heap": f"{cycle.before >> 20}->{cycle.after >> 20}->{cycle.marked >> 20}",
        "goal": str(cycle.goal >> 20),
        "stacks": str(cycle.stacks >> 20),
        "globals": str(cycle.globals >> 20),
        "procs": str(cycle.procs),
        "forced": " (forced)" if cycle.forced else None,
    }


@pytest.mark.parametrize("version", toolchains.SUPPORTED)
def test_every_cycle_is_what_gctrace_prints(version: str, tmp_path: Path) -> None:
    """Forced cycles and the collector's own, hundreds a second."""
    seen = run(version, tmp_path, "-cycles", "300", "-pause", "1ms", "-natural", "-live", "3000", GOGC="20")
    assert len(seen.cycles) >= 300
    assert [traced(cycle) for cycle in seen.cycles] == [line.groupdict() for line in seen.trace]
    for cycle in seen.cycles:
        assert cycle.before <= cycle.trigger <= cycle.after
        assert cycle.sweep_term < cycle.mark < cycle.mark_term < cycle.end


@pytest.mark.parametrize("version", toolchains.SUPPORTED)
def test_pauses_are_those_of_memstats(version: str, tmp_path: Path) -> None:
    seen = run(version, tmp_path, "-cycles", "100", "-pause", "1ms")
    pauses, total, count = (seen.statement[key] for key in ("pause_ns", "pause_total_ns", "num_gc"))
    assert len(seen.cycles) == count
    assert sum(cycle.pause_ns for cycle in seen.cycles) == total
    assert [cycle.pause_ns for cycle in seen.cycles[-len(pauses) :]] == pauses
    marks = [stop for stop in seen.stops if stop.reason == 1]
    assert len(marks) == count
    for cycle, stop in zip(seen.cycles, marks, strict=True):
        # Before Go 1.23 the stop is timed at the entry of the function that ends it, and not by the runtime.
        assert abs(stop.at - cycle.end) <= (0 if int(version[2:]) >= 23 else 200_000)


def reported(told: dict[str, Any]) -> dict[str, str | None]:
    """A collection of the report as gctrace prints it, as far as it has the same figures."""
    clock = (told["sweep_term_ns"], told["mark_ns"], told["mark_term_ns"])
    return {
        "number": str(told["number"]),
        "util": str(int(told["cpu_fraction"] * 100)),
        "clock": "+".join(map(milliseconds, clock)),
        "marking": "/".join(map(milliseconds, (told["assist_ns"], told["background_ns"], told["idle_ns"]))),
        "heap": f"{told['before'] >> 20}->{told['after'] >> 20}->{told['marked'] >> 20}",
        "goal": str(told["goal"] >> 20),
        "procs": str(told["procs"]),
        "forced": " (forced)" if told["forced"] else None,
    }


def test_the_report_says_what_gctrace_and_memstats_say(tmp_path: Path) -> None:
    """What the screen's GC view and the report are made of, behind the model."""
    seen = run("1.26", tmp_path, "-cycles", "60", "-pause", "1ms", "-natural", "-live", "3000", GOGC="20")
    gc = seen.report["gc"]
    lines = [line.groupdict() for line in seen.trace]
    for line in lines:
        line["marking"] = line.pop("cpu").split("+")[1]
        del line["stacks"], line["globals"]
    assert [reported(told) for told in gc["collections"]] == lines
    pauses = seen.statement["pause_ns"]
    assert [told["pause_ns"] for told in gc["collections"][-len(pauses) :]] == pauses
    together = sum((pause["stopping_ns"] or 0) + pause["stopped_ns"] for pause in gc["pauses"])
    assert gc["pause_quantiles"]["together"]["total_ns"] == together
    # Each cycle stops the world twice; both stops lie within it, one after the other.
    for told in gc["collections"]:
        its = [p["reason"] for p in gc["pauses"] if told["at"] <= p["at"] <= told["ended"] + 2e-4]
        assert {"GC sweep termination", "GC mark termination"} <= set(its)
    rates = [told["alloc_rate"] for told in gc["collections"] if told["alloc_rate"] is not None]
    assert min(rates) >= 0 and max(rates) > 0
