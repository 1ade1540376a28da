"""What being watched costs: ratios within one run, against the bare program and the runtime's own exact profile.

    python -m tests.bench                     # everything; some minutes
    python -m tests.bench --quick             # fewer rounds, one Go version
    python -m tests.bench --only allocation   # or http, agent, attribution
    python -m tests.bench --json FILE         # every single measurement

Machines are noisy and differ, so the contenders run in turn (A B C A B C …), and only what came of the same run is
compared: medians of the rounds, with the smallest and the largest. Times are processor time, which neighbours disturb
less than the clock on the wall; requests are given both ways.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from tests import toolchains
from tests.exactness.monitored import monitor

#: Frames from main.main to the function that allocates, and distinct stacks.
DEPTHS, STACKS = (5, 15, 30), (1, 1000)

BARE, GOTOP, PROFILE = "bare", "gotop", "MemProfileRate=1"


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


def bare(binary: Path, arguments: Sequence[str], out: Path) -> Any:
    """What the program measured by itself."""
    subprocess.run([binary, *arguments, "-out", out], check=True, timeout=300, stdout=subprocess.DEVNULL)
    return json.loads(out.read_text())


def profiled(binary: Path, arguments: Sequence[str], out: Path) -> Any:
    """What it measured while the runtime recorded every allocation."""
    return bare(binary, [*arguments, "-profile"], out)


def watched(binary: Path, arguments: Sequence[str], out: Path) -> Any:
    """What it measured under gotop, which must have seen everything."""
    run = monitor(binary, *arguments, "-out", str(out), statement=out, timeout=300)
    if run.report["totals"]["coverage"] != 1.0:
        raise SystemExit(f"coverage was {run.report['totals']['coverage']}: a measurement of something else")
    return run.statement


Contender: TypeAlias = Callable[[Path, Sequence[str], Path], Any]
CONTENDERS: dict[str, Contender] = {BARE: bare, GOTOP: watched, PROFILE: profiled}


def rounds(
    count: int, binary: Path, arguments: Sequence[str], fewer: Sequence[str] = (),
    contenders: Mapping[str, Contender] = CONTENDERS,
) -> dict[str, list[dict[str, float]]]:  # fmt: skip
    """What each contender measured in each round. `fewer`: arguments added for the slow one, the runtime's profile."""
    out: dict[str, list[dict[str, float]]] = {name: [] for name in contenders}
    with tempfile.TemporaryDirectory() as scratch:
        for _ in range(count):
            for name, run in contenders.items():
                extra = fewer if name == PROFILE else ()
                out[name].append(run(binary, [*arguments, *extra], Path(scratch) / "result.json"))
    return out


def allocation(versions: Sequence[str], count: int) -> tuple[list[str], list[dict[str, Any]]]:
    """Nanoseconds of the thread's processor time that an allocation of 16 bytes takes."""
    lines = [
        "| Go | frames | stacks | bare, ns | gotop adds | MemProfileRate=1 adds | gotop ÷ bare | profile ÷ gotop |",
        "|---|---|---|---|---|---|---|---|",
    ]
    data = []
    for version in versions:
        binary = toolchains.build("microalloc", version)
        for depth in DEPTHS:
            for stacks in STACKS:
                arguments = ["-frames", str(depth), "-stacks", str(stacks)]
                measured = rounds(count, binary, arguments, ["-n", "100000"])
                got = {name: [each["ns"] for each in results] for name, results in measured.items()}
                data.append({"go": version, "frames": depth, "stacks": stacks, "ns": got})
                added = {
                    name: Spread.of(there - here for there, here in zip(got[name], got[BARE], strict=True))
                    for name in (GOTOP, PROFILE)
                }
                ratio = Spread.of(there / here for there, here in zip(got[GOTOP], got[BARE], strict=True))
                against = Spread.of(there / here for there, here in zip(got[PROFILE], got[GOTOP], strict=True))
                lines.append(
                    f"| {version} | {depth} | {stacks:,} | {Spread.of(got[BARE]).text(1)} | {added[GOTOP].text(1)} "
                    f"| {added[PROFILE].text(0)} | {ratio.text(2)} | {against.text(1)} |"
                )
                progress(lines[-1])
    return lines, data


def by_labels(binary: Path, arguments: Sequence[str], out: Path) -> Any:
    """What it measured while allocations were counted by labels and creators as well."""
    run = monitor(binary, *arguments, "-out", str(out), options=["--by", "labels"], statement=out, timeout=300)
    counted = sum(row["allocs"] for row in run.report["attribution"]["labels"])
    if counted != run.report["totals"]["allocs"]:
        raise SystemExit(f"{counted} allocations have labels: a measurement of something else")
    return run.statement


def attribution(versions: Sequence[str], count: int) -> tuple[list[str], list[dict[str, Any]]]:
    """What counting by labels and creators adds: to an allocation of 16 bytes, and to requests of a server."""
    lines = ["| Go | service | gotop adds | --by labels adds to that |", "|---|---|---|---|"]
    data = []
    both = {BARE: bare, GOTOP: watched, "by": by_labels}
    cases = [("microalloc", ["-frames", str(depth)], "ns", f"{depth} frames, ns") for depth in (5, 30)]
    cases.append(("httpjson", ["-for", "3s"], "requests_per_cpu_s", "HTTP + JSON, requests a CPU second"))
    for version in versions:
        for service, arguments, figure, name in cases:
            measured = rounds(count, toolchains.build(service, version), arguments, contenders=both)
            got = {who: [each[figure] for each in results] for who, results in measured.items()}
            data.append({"go": version, "service": service, "arguments": arguments, figure: got})
            cells = []
            for one, other in ((GOTOP, BARE), ("by", GOTOP)):
                pairs = list(zip(got[one], got[other], strict=True))
                if figure == "ns":
                    cells.append(Spread.of(there - here for there, here in pairs).text(1, " ns"))
                else:
                    cells.append(Spread.of(100 * (there / here - 1) for there, here in pairs).text(1, " %"))
            lines.append(f"| {version} | {name} | {' | '.join(cells)} |")
            progress(lines[-1])
    return lines, data


def http(versions: Sequence[str], count: int) -> tuple[list[str], list[dict[str, Any]]]:
    """Requests of an HTTP and JSON server with its clients in the same process."""
    lines = ["| Go | requests | bare | gotop | MemProfileRate=1 |", "|---|---|---|---|---|"]
    data = []
    for version in versions:
        measured = rounds(count, toolchains.build("httpjson", version), ["-for", "3s"])
        data.append({"go": version, "rounds": measured})
        for figure, unit in (("requests_per_cpu_s", "a second of processor time"), ("requests_per_s", "a second")):
            got = {name: [each[figure] for each in results] for name, results in measured.items()}
            change = {
                name: Spread.of(100 * (there / here - 1) for there, here in zip(got[name], got[BARE], strict=True))
                for name in (GOTOP, PROFILE)
            }
            cells = (version, unit, Spread.of(got[BARE]).text(0))
            lines.append(f"| {' | '.join((*cells, change[GOTOP].text(1, ' %'), change[PROFILE].text(1, ' %')))} |")
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
    parser.add_argument("--only", choices=("allocation", "http", "agent", "attribution"), action="append")
    parser.add_argument("--go", action="append", help="a Go version; default: 1.26 and 1.27")
    parser.add_argument("--rounds", type=int, help="rounds of each measurement")
    parser.add_argument("--json", type=Path, help="file for all measurements")
    chosen = parser.parse_args(arguments)
    versions = chosen.go or (["1.26"] if chosen.quick else ["1.26", "1.27"])
    count = chosen.rounds or (3 if chosen.quick else 7)
    parts = chosen.only or ["allocation", "http", "attribution", "agent"]
    text, data = [f"{machine()}; medians of {count} rounds in turn (smallest–largest)"], {}
    if "allocation" in parts:
        lines, data["allocation"] = allocation(versions, count)
        text += ["", "An allocation of 16 bytes:", "", *lines]
    if "http" in parts:
        lines, data["http"] = http(versions, count)
        text += ["", "An HTTP and JSON server:", "", *lines]
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
