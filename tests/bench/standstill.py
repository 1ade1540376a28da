"""How long attaching and leaving take, and how long the service stands still for them, measured in the service.

    python -m tests.bench.standstill                            # 0 to 5,000 threads; two minutes
    python -m tests.bench.standstill --threads 1000 --rounds 20

A service (tests/services/harmed) has as many threads that wait, and two goroutines that tick each millisecond and note
how late they were at most: that is the standstill, with what the machine adds. Rounds with gotop (`gotop attach PID`, a
report of 200 ms, leaving) take turns with as long ones without. As root the service has real-time priority
(SCHED_FIFO), so that what else runs on the machine does not count as gotop's; the agent has not, and waits for others.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import tempfile
import time
from pathlib import Path

from tests.bench.cost import machine, progress
from tests.cli.running import Runner, wait_until
from tests.faults.harm.harmed import Harmed, agents_of, harmed

PROMISED_MS, PROMISED_AT = 5.0, 1000
"""The longest standstill, in milliseconds, and with how many threads."""
COUNTS = (0, 100, 1000, 2500, 5000)
HEAD = (
    "| threads | attach and report, s | leaving, s | standstill, ms: median | least | most | without gotop: median "
    "| most |",
    "|---|---|---|---|---|---|---|---|",
)


def first_in_line() -> None:
    """For `preexec_fn`: real-time priority, where that is permitted."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def measured(gotop: Runner, service: Harmed) -> tuple[float, float, float, float]:
    """Seconds to attach and report, and to leave; milliseconds of the longest gap with gotop, and without."""
    service.longest_gap_ms()
    begin = time.monotonic()
    joined = gotop.run("attach", service.pid, "--json", "--for", "200ms")
    if joined.returncode:
        raise SystemExit(joined.stderr)
    reported = time.monotonic()
    wait_until(lambda: not agents_of(service.pid), "the agent's leave")
    left = time.monotonic()
    gap = service.longest_gap_ms()
    time.sleep(left - begin)
    return reported - begin, left - reported, gap, service.longest_gap_ms()


def line(home: Path, threads: int, rounds: int) -> str:
    """A line of the table."""
    with harmed(home, "-threads", threads, preexec_fn=first_in_line) as service:
        figures = [measured(Runner(home), service) for _ in range(rounds)]
    joining, leaving, gaps, quiet = zip(*figures, strict=True)
    cells = (
        *(f"{statistics.median(column):.2f}" for column in (joining, leaving)),
        *(f"{value:.1f}" for value in (statistics.median(gaps), min(gaps), max(gaps))),
        *(f"{value:.1f}" for value in (statistics.median(quiet), max(quiet))),
    )
    text = f"| {threads:,} | {' | '.join(cells)} |"
    progress(text)
    return text


def main() -> None:
    """As the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, action="append", help="default: 0, 100, 1000, 2500 and 5000")
    parser.add_argument("--rounds", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gs-") as place:
        lines = [line(Path(place), threads, options.rounds) for threads in options.threads or COUNTS]
    promised = f"Promised: at most {PROMISED_MS:.0f} ms at {PROMISED_AT:,} threads."
    print("\n".join([machine(), "", *HEAD, *lines, "", promised]))


if __name__ == "__main__":
    main()
