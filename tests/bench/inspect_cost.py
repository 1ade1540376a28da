"""What `gotop inspect` costs beside `go tool nm -size` of the same binary: CPU time, in turns.

    python -m tests.bench.inspect_cost BINARY [ROUNDS]
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from pathlib import Path


def cpu_of(command: list[str]) -> float:
    """User and system seconds of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(binary: Path, rounds: int) -> None:
    """Print medians and their ratio."""
    ours = [sys.executable, "-m", "gotop", "inspect", "--json", str(binary)]
    theirs = ["go", "tool", "nm", "-size", str(binary)]
    pairs = [(cpu_of(ours), cpu_of(theirs)) for _ in range(rounds)]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    size = binary.stat().st_size / 1e6
    print(f"{binary.name}, {size:.0f} MB: inspect {mine:.2f} s, go tool nm {other:.2f} s of CPU time: {ratio:.2f} ×")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5)
