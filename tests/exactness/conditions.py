"""The whole matrix: every supported Go version in every build under every condition.

    python -m tests.exactness --all                      # everything: an hour on two cores, less once it is built
    python -m tests.exactness --all --go 1.21 --go 1.22  # only these versions
    python -m tests.exactness --all --build race         # only this build

A row is a version in a build, a column a condition, a cell the difference between what the hooks counted and
`MemStats.Mallocs`: 0 everywhere but where gotop itself says that it cannot see everything (`−12 said`).
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests import toolchains
from tests.exactness import guided
from tests.exactness.dumps import dump_faults
from tests.exactness.matrix import Case
from tests.exactness.monitored import CHECKOUT

BUILDS = (*toolchains.VARIANTS, *toolchains.RARE_VARIANTS, *guided.VARIANTS)

#: What is wrong in a directory after a run of this case.
Check = Callable[[Path, Case], list[str]]


def observed(scratch: Path, case: Case) -> list[str]:
    """What Go's own tools find wrong with the profiles and the trace that the program wrote while it was hooked.

    What they find wrong without gotop as well is not gotop's: Go 1.21 traces of programs with callbacks from C are.
    """
    faults = unreadable(scratch, case.version)
    if faults:
        alone = [
            str(case.binary),
            "-out",
            os.devnull,
            *(argument.format(scratch=scratch) for argument in case.arguments),
        ]
        subprocess.run(alone, check=True, timeout=120)
        faults = [fault for fault in faults if fault not in unreadable(scratch, case.version)]
    return faults


#: Go's tools for the files that OBSERVED makes the program write.
TOOLS = {"cpu": ("pprof", "-raw"), "heap": ("pprof", "-raw"), "trace": ("trace", "-pprof=sched")}


def unreadable(scratch: Path, version: str, files: Iterable[str] = TOOLS) -> list[str]:
    """What they cannot read of these."""
    faults = []
    for name in files:
        tool = TOOLS[name]
        command = [str(toolchains.go(version)), "tool", *tool, str(scratch / name)]
        env = toolchains.environment(version)
        done = subprocess.run(command, env=env, capture_output=True, timeout=300, check=False)
        if done.returncode or len(done.stdout) < 200:
            faults.append(f"go tool {' '.join(tool)}: {done.stderr.decode(errors='replace')[-500:]}")
        elif name == "cpu" and b"main." not in done.stdout:
            faults.append("the CPU profile names no function of package main")
    return faults


@dataclasses.dataclass(frozen=True)
class Condition:
    """What a program is put through."""

    name: str
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    check: Check | None = None

    def case(self, version: str, build: str) -> Case:
        """The cell of this condition."""
        return Case(version, build, "exact", self.arguments, self.environment)


FEW = ("-n", "60")
OBSERVED = ("-cpuprofile", "{scratch}/cpu", "-trace", "{scratch}/trace", "-heapprofile", "{scratch}/heap")
CONDITIONS = (
    Condition("as is"),
    *(Condition(f"P={n}", FEW, (("GOMAXPROCS", n),)) for n in ("1", "2", "64")),
    Condition("P changing", (*FEW, "-procs")),
    Condition("GOGC=10", (*FEW, "-gc", "10")),
    Condition("preempted", ("-n", "20", "-spin", "2", "-force-gc")),
    Condition("profiled, traced", ("-n", "400", *OBSERVED), check=observed),
    Condition("panics", ("-way", "panics", "-n", "2000", "-depth", "50")),
)


@dataclasses.dataclass
class Cell:
    """What one condition gave: the text of its cell, and what is wrong."""

    text: str
    faults: list[str]


def run_cell(version: str, build: str, condition: Condition) -> Cell:
    """Run it; whatever goes wrong is a fault of the cell."""
    case = condition.case(version, build)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            result = case.run(Path(scratch))
            faults = result.faults()
            if condition.check:
                faults += condition.check(Path(scratch), case)
        except (AssertionError, OSError, ValueError, subprocess.SubprocessError, toolchains.BuildError) as error:
            return Cell("failed", [f"{case}: {error}"])
    text = f"{result.difference} said" if result.admitted and result.difference else str(result.difference)
    return Cell(text if not faults else f"{text} !", [f"{case}: {fault}" for fault in faults])


def run_row(version: str, build: str) -> Iterator[Cell]:
    """All conditions of a build, and the dump that SIGQUIT makes the runtime write."""
    for condition in CONDITIONS:
        yield run_cell(version, build, condition)
    try:
        faults = dump_faults(Case(version, build).binary)
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        faults = [str(error)]
    yield Cell("wrong !" if faults else "readable", [f"{version}-{build}, SIGQUIT: {fault}" for fault in faults])


HEADINGS = ("Go", "build", *(condition.name for condition in CONDITIONS), "SIGQUIT")


def line(cells: Iterable[str]) -> str:
    """One line of the Markdown table, in columns that fit the usual figures."""
    widths = (8, 12, *(max(len(heading), 6) for heading in HEADINGS[2:]))
    return f"| {' | '.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))} |"


def whole_matrix(versions: Iterable[str] | None, builds: Iterable[str] | None) -> int:
    """Run it, or some versions and builds of it; the table grows line by line, faults are at its end."""
    begun = time.monotonic()
    faults: list[str] = []
    print(line(HEADINGS), line("-" * 3 for _ in HEADINGS), sep="\n", flush=True)
    for version in versions or toolchains.SUPPORTED:
        for build in builds or BUILDS:
            cells = [*run_row(version, build)]
            print(line((toolchains.full_version(version), build, *(cell.text for cell in cells))), flush=True)
            faults += (fault for cell in cells for fault in cell.faults)
    print(f"\n{len(faults)} faults, {time.monotonic() - begun:.0f} s, {CHECKOUT}", *faults, sep="\n")
    return 1 if faults else 0
