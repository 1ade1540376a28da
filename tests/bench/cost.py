"""What being watched costs: ratios within one run, against the bare program and everything else that can watch it.

    python -m tests.bench                     # everything; some minutes
    python -m tests.bench --quick             # fewer rounds, one Go version
    python -m tests.bench --only modes        # or rivals, agent, attribution
    python -m tests.bench --json FILE         # every single measurement

Machines are noisy and differ, so only what came of the same run is compared. gotop's modes take turns of a fraction of
a second in one process (`turns`); where they add nanoseconds, these are those of the quietest twentieth of each turn.
Others run one after the other, again and again (A B C A B C …): medians of the rounds, with the smallest and the
largest. Times are processor time, which neighbours disturb less than the clock on the wall.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests import toolchains
from tests.bench.rivals import BARE, FEWER, GOTOP, Contender, bare, by_labels, contenders, watched
from tests.bench.turns import Estimate, least, paired, take
from tests.exactness.monitored import monitor

#: Frames from main.main to the function that allocates, and distinct stacks.
DEPTHS, STACKS = (5, 15, 30), (1, 1000)

#: `off` is the service's own code, and so the bare program.
MODES = ("off", "exact", "sites+sampled", "sites", "sampled")


@dataclasses.dataclass(frozen=True)
class Spread:
    """A figure of several rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """The spread of these values."""
        known = list(values)
        return cls(statistics.median(known), min(known), max(known))

    def text(self, digits: int, unit: str = "") -> str:
        """Median and, in brackets, smallest and largest."""
        return f"{self.median:,.{digits}f}{unit} ({self.low:,.{digits}f}–{self.high:,.{digits}f})"


def rounds(
    count: int, binary: Path, arguments: Sequence[str], contenders: Mapping[str, Contender], *, fewer: bool = False
) -> dict[str, list[dict[str, float]]]:
    """What each contender measured in each round. `fewer`: the slow ones do less, see `FEWER`."""
    out: dict[str, list[dict[str, float]]] = {name: [] for name in contenders}
    with tempfile.TemporaryDirectory() as scratch:
        for _ in range(count):
            for name, run in contenders.items():
                extra = FEWER.get(name, ()) if fewer else ()
                out[name].append(run(binary, [*arguments, *extra], Path(scratch) / "result.json"))
    return out


def rivals(versions: Sequence[str], count: int) -> tuple[list[str], list[dict[str, Any]]]:
    """gotop beside everything else there is: ns added to an allocation at 15 frames, and requests of a server lost."""
    field = contenders()
    names = [name for name in field if name != BARE]
    lines = [f"| Go | service | bare | {' | '.join(names)} |", "|---|---|---|" + "---|" * len(names)]
    data = []
    cases = [
        ("microalloc", ["-frames", "15"], "ns", "an allocation, 15 frames: ns added"),
        ("httpjson", ["-for", "3s"], "requests_per_cpu_s", "HTTP + JSON: requests a CPU second"),
    ]
    for version in versions:
        for service, arguments, figure, what in cases:
            measured = rounds(
                count, toolchains.build(service, version), arguments, field, fewer=service == "microalloc"
            )
            got = {who: [each[figure] for each in results] for who, results in measured.items()}
            data.append({"go": version, "service": service, "arguments": arguments, figure: got})
            cells = [Spread.of(got[BARE]).text(0), *(compared(got[name], got[BARE], figure) for name in names)]
            lines.append(f"| {version} | {what} | {' | '.join(cells)} |")
            progress(lines[-1])
    return lines, data


def compared(there: Sequence[float], here: Sequence[float], figure: str) -> str:
    """A contender beside another, round by round: nanoseconds added, or the change in per cent."""
    pairs = list(zip(there, here, strict=True))
    if figure == "ns":
        return Spread.of(one - other for one, other in pairs).text(0)
    return Spread.of(100 * (one / other - 1) for one, other in pairs).text(1, " %")


def modes(versions: Sequence[str], count: int) -> tuple[list[str], list[dict[str, Any]]]:
    """What each mode adds to one and the same running process, the modes taking turns in it: see `turns`."""
    lines = [f"| Go | service | bare | {' | '.join(MODES[1:])} |", "|---|---|---|" + "---|" * len(MODES[1:])]
    data = []
    for version in versions:
        for depth, stacks in itertools.product(DEPTHS, STACKS):
            arguments = ["-frames", str(depth), "-stacks", str(stacks), "-n", "5000", "-repeat", "1000000000"]
            taken = take(toolchains.build("microalloc", version), arguments, MODES, 2 * count, 0.25)
            cells = [
                Estimate.of([least(mine) - least(base) for mine, base in paired(taken, mode, "off")]).text(1)
                for mode in MODES[1:]
            ]
            bare_ns = statistics.median(least(turn) for turn in taken if turn.mode == "off")
            lines.append(f"| {version} | {depth} frames, {stacks:,} stacks: ns | {bare_ns:.1f} | {' | '.join(cells)} |")
            progress(lines[-1])
            data.append(
                {
                    "go": version,
                    "arguments": arguments,
                    "turns": [(turn.mode, turn.round, turn.cost, least(turn)) for turn in taken],
                }
            )
        taken = take(toolchains.build("httpjson", version), ["-for", "1h"], MODES, 8 * count, 0.5)
        cells = [
            Estimate.of([100 * (base.cost / mine.cost - 1) for mine, base in paired(taken, mode, "off")]).text(1, " %")
            for mode in MODES[1:]
        ]
        per_s = statistics.median(1e9 / turn.cost for turn in taken if turn.mode == "off")
        lines.append(f"| {version} | HTTP + JSON: requests a CPU second | {per_s:,.0f} | {' | '.join(cells)} |")
        progress(lines[-1])
        data.append(
            {
                "go": version,
                "service": "httpjson",
                "turns": [(turn.mode, turn.round, turn.cost, least(turn)) for turn in taken],
            }
        )
    return lines, data


def attribution(versions: Sequence[str], count: int) -> tuple[list[str], list[dict[str, Any]]]:
    """What counting by labels and creators adds: to an allocation of 16 bytes, and to requests of a server."""
    lines = ["| Go | service | gotop adds | --by labels adds to that |", "|---|---|---|---|"]
    data = []
    both: dict[str, Contender] = {BARE: bare, GOTOP: watched, "by": by_labels}
    cases = [("microalloc", ["-frames", str(depth)], "ns", f"{depth} frames, ns") for depth in (5, 30)]
    cases.append(("httpjson", ["-for", "3s"], "requests_per_cpu_s", "HTTP + JSON, requests a CPU second"))
    for version in versions:
        for service, arguments, figure, name in cases:
            measured = rounds(count, toolchains.build(service, version), arguments, both)
            got = {who: [each[figure] for each in results] for who, results in measured.items()}
            data.append({"go": version, "service": service, "arguments": arguments, figure: got})
            cells = [compared(got[one], got[other], figure) for one, other in ((GOTOP, BARE), ("by", GOTOP))]
            lines.append(f"| {version} | {name} | {' | '.join(cells)} |")
            progress(lines[-1])
    return lines, data


def agent(version: str, seconds: int) -> tuple[list[str], list[dict[str, Any]]]:
    """What the agent itself needs, by the number of live stacks, all of which allocate between any two scans."""
    lines = ["| live stacks | agent, % of a core | allocations/s |", "|---|---|---|"]
    data = []
    binary = toolchains.build("manystacks", version)
    for stacks in (10, 100, 1000, 5000, 20000):
        run = monitor(binary, "-stacks", str(stacks), "-for", f"{seconds}s", "-rate", "30", timeout=300)
        report = run.report
        percent = 100 * report["health"]["agent_cpu_s"] / report["seconds"]
        allocs = report["totals"]["allocs"] / report["seconds"]
        data.append({"go": version, "stacks": stacks, "agent_percent": percent, "allocs_per_s": allocs})
        lines.append(f"| {stacks:,} | {percent:.1f} | {allocs:,.0f} |")
        progress(lines[-1])
    return lines, data


def progress(line: str) -> None:
    """Long runs show that they move."""
    print(line, file=sys.stderr, flush=True)


def machine() -> str:
    """What it ran on; figures of different machines are not comparable."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "?")
    return f"{model}, {os.cpu_count()} CPUs, Linux {platform.release()}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, one Go version")
    parser.add_argument("--only", choices=("modes", "rivals", "attribution", "agent"), action="append")
    parser.add_argument("--go", action="append", help="a Go version; default: 1.26 and 1.27")
    parser.add_argument("--rounds", type=int, help="rounds of each measurement")
    parser.add_argument("--json", type=Path, help="file for all measurements")
    chosen = parser.parse_args(arguments)
    versions = chosen.go or (["1.26"] if chosen.quick else ["1.26", "1.27"])
    count = chosen.rounds or (3 if chosen.quick else 7)
    parts = chosen.only or ["modes", "rivals", "attribution", "agent"]
    text, data = [f"{machine()}; medians of {count} rounds"], {}
    if "modes" in parts:
        lines, data["modes"] = modes(versions, count)
        text += ["", "Modes in turn in one process; an allocation is of 16 bytes (interval of 95 %):", "", *lines]
    if "rivals" in parts:
        lines, data["rivals"] = rivals(versions, count)
        text += ["", "Beside everything else there is (smallest–largest):", "", *lines]
    if "attribution" in parts:
        lines, data["attribution"] = attribution(versions, count)
        text += ["", "Counting by labels and creators:", "", *lines]
    if "agent" in parts:
        lines, data["agent"] = agent(versions[0], 5 if chosen.quick else 15)
        text += ["", "The agent:", "", *lines]
    print("\n".join(text))
    if chosen.json:
        chosen.json.write_text(json.dumps({"machine": machine(), "rounds": count, **data}, indent=1))
    return 0
