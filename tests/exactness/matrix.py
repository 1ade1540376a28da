"""Counts of the hook against the runtime's own, for every Go version and build variant.

    python -m tests.exactness            # builds what is missing, runs the daily matrix, prints the table
    python -m tests.exactness --all      # every supported version, build and condition: `tests.exactness.conditions`

The service allocates in every way there is and states its `MemStats.Mallocs` as the last thing it does, so the hook's
count over the whole life of the process must be that figure, to the last object.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from collections.abc import Iterable
from itertools import cycle
from pathlib import Path

from tests import toolchains
from tests.exactness import guided
from tests.exactness.monitored import Run, monitor

VARIANTS = tuple(toolchains.VARIANTS)

#: What holds wherever gotop does not say that it cannot see everything.
EXACT_CLAIMS = ("hooked allocations and MemStats.Mallocs", "coverage and 1")

#: How gotop says what a profile made the compiler put where it cannot be hooked.
HIDDEN = "Profile-guided optimisation inlined "


@dataclasses.dataclass(frozen=True)
class Case:
    """One cell of the matrix: a binary and its arguments."""

    version: str
    variant: str
    service: str = "exact"
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        words = (*(a.strip("-") for a in self.arguments), *(value for _, value in self.environment))
        return "-".join((self.version, self.variant, self.service, *words))

    @property
    def binary(self) -> Path:
        """The program, built if it is not there yet."""
        build = guided.build if self.variant in guided.VARIANTS else toolchains.build
        return build(self.service, self.version, self.variant)

    def run(self, scratch: Path) -> Result:
        """Build and run it, and compare. `{scratch}` in an argument is that directory."""
        statement = scratch / "statement.json"
        arguments = [argument.format(scratch=scratch) for argument in self.arguments]
        env = dict(self.environment)
        return Result(self, monitor(self.binary, "-out", str(statement), *arguments, statement=statement, env=env))


@dataclasses.dataclass(frozen=True)
class Result:
    """What one cell gave."""

    case: Case
    run: Run

    @property
    def difference(self) -> int:
        """What was counted too much."""
        return int(self.run.report["totals"]["allocs"] - self.run.statement["mallocs"])

    @property
    def admitted(self) -> bool:
        """Whether gotop says that a profile hides allocations."""
        partial = self.run.report["health"]["partial"]
        return any(sentence.startswith(f"{HIDDEN}runtime.mallocgc") for sentence in partial)

    def faults(self) -> list[str]:
        """Everything that is not as it must be."""
        said, report, totals = self.run.statement, self.run.report, self.run.report["totals"]
        claims = {
            EXACT_CLAIMS[0]: (totals["allocs"], said["mallocs"]),
            "the runtime's count as gotop read it and MemStats.Mallocs": (totals["runtime_allocs"], said["mallocs"]),
            "the runtime's bytes as gotop read them and MemStats.TotalAlloc": (
                totals["runtime_bytes"],
                said["total_alloc"],
            ),
            EXACT_CLAIMS[1]: (totals["coverage"], 1.0),
            "sites' allocations with the unattributed ones and the total": (
                sum(site["allocs"] for site in report["sites"]) + totals["unattributed"],
                totals["allocs"],
            ),
            "collections": (report["gc"]["cycles"], said["num_gc"]),
            "exit code and 0": (self.run.code, 0),
            "partial coverage and none": ([s for s in report["health"]["partial"] if not self._expected(s)], []),
        }
        for site in report["sites"]:
            sums = tuple(sum(stack[key] for stack in site["stacks"]) for key in ("allocs", "bytes"))
            claims[f"the stacks of {site['function']}:{site['line']} and the site"] = (
                sums,
                (site["allocs"], site["bytes"]),
            )
        if self.admitted and self.difference < 0:
            counted = totals["allocs"] / said["mallocs"]
            claims |= dict.fromkeys(EXACT_CLAIMS, (0, 0))
            claims["coverage and the share that was counted"] = (round(totals["coverage"], 9), round(counted, 9))
        return [f"{claim}: {left} is not {right}" for claim, (left, right) in claims.items() if left != right]

    def _expected(self, sentence: str) -> bool:
        return self.case.variant in guided.VARIANTS and sentence.startswith(HIDDEN)

    def row(self) -> tuple[object, ...]:
        """The line of the table."""
        said, totals = self.run.statement, self.run.report["totals"]
        return (
            self.case.version,
            self.case.variant,
            " ".join((self.case.service, *self.case.arguments)),
            said["mallocs"],
            totals["allocs"],
            self.difference,
            totals["coverage"],
            said["num_gc"],
            "ok" if not self.faults() else f"{len(self.faults())} faults",
        )


HEADINGS = ("Go", "build", "program", "MemStats.Mallocs", "hooked", "difference", "coverage", "GCs", "")

#: The service in each build.
BUILDS = tuple(Case(version, variant) for version in toolchains.PINNED for variant in VARIANTS)

#: What makes counting harder, in one build of each version.
WORKLOADS = tuple(
    Case(version, variant, service, arguments)
    for version, variant in zip(toolchains.PINNED, cycle(("plain", "pie", "stripped-pie")), strict=False)
    for service, arguments in (
        ("exact", ("-gc", "5", "-force-gc")),
        ("exact", ("-procs",)),
        ("exact", ("-locked", "-goroutines", "30", "-n", "50")),
        ("exact", ("-depth", "200", "-n", "20")),
        ("exact", ("-leave", "exit")),
        ("exact", ("-gc", "-1", "-n", "1000")),
        ("gc", ("-natural",)),
        ("manystacks", ("-stacks", "5000")),
        ("manystacks", ("-stacks", "100000", "-rounds", "3")),
    )
) + tuple(Case(version, variant, "cgo") for version in toolchains.PINNED for variant in ("cgo", "cgo-pie"))


def table(results: Iterable[Result]) -> str:
    """The results as a Markdown table."""
    rows = [HEADINGS, *(tuple(str(cell) for cell in result.row()) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in padded]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def main() -> int:
    from tests.exactness.conditions import BUILDS as ALL_BUILDS
    from tests.exactness.conditions import whole_matrix

    parser = argparse.ArgumentParser(
        prog="python -m tests.exactness", description="gotop's count against the runtime's own, to the last object."
    )
    parser.add_argument("--all", action="store_true", help="every version, build and condition, not just a part")
    parser.add_argument("--go", action="append", choices=[*toolchains.SUPPORTED], help="with --all: only this version")
    parser.add_argument("--build", action="append", choices=ALL_BUILDS, help="with --all: only this build")
    asked = parser.parse_args()
    if asked.all:
        return whole_matrix(asked.go, asked.build)
    results = []
    for case in (*BUILDS, *WORKLOADS):
        with tempfile.TemporaryDirectory() as scratch:
            results.append(case.run(Path(scratch)))
    print(table(results))
    faults = [f"{result.case}: {fault}" for result in results for fault in result.faults()]
    print(*faults, sep="\n")
    return 1 if faults else 0
