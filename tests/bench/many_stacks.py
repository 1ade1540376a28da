"""What very many stacks cost the viewer: a real service, agent, socket and terminal.

    python -m tests.bench.many_stacks [--stacks 250000] [--levels 29] [--options "--memory 200M"]

A program allocates on that many distinct stacks of some two frames a level, again and again. In the main table, then in
the stacks of its one site and in the flame graph, a key is typed every tenth of a second, and each has to be answered
by another picture. Printed of each: memory of viewer and agent now, the viewer's most so far, frames a second, and the
longest stretch in which nothing came out of the terminal though keys were typed.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from tests import toolchains
from tests.bench.viewer import Viewer, instants_of

GO = "1.26"
KEY_EVERY_S = 0.1
MOVES = (b"\x1b[B", b"\x1b[A")
"""Down and up: another row is under the cursor each time, so that each key makes a picture."""
SCREENS = (("sites", b""), ("stacks of the site", b"\x1b[H\r"), ("main table again", b"\x1b"), ("flame graph", b"3"))


def status_mb(pid: int, field: str) -> float:
    """A figure of /proc/PID/status in MB."""
    found = re.search(rf"{field}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def agents_of(pid: int) -> list[int]:
    """The processes that a viewer has started."""
    children = [Path(task).read_text().split() for task in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for its in children for child in its]


def longest_silence_ms(viewer: Viewer, since: int) -> float:
    """Between two pieces of output, and until now."""
    instants = [since, *(at for at, _ in viewer.output if at > since), time.monotonic_ns()]
    return max(after - before for before, after in pairwise(instants)) / 1e6


def look(viewer: Viewer, name: str, seconds: float, pictures: Path) -> None:
    """Type keys for so long, and say how that went."""
    since, ends, number = time.monotonic_ns(), time.monotonic() + seconds, 0
    used = viewer.cpu_s()
    pressed = []
    while time.monotonic() < ends:
        pressed.append(viewer.press(MOVES[number % 2]))
        viewer.listen(KEY_EVERY_S)
        number += 1
    shown = [at for at, answer in instants_of(pictures) if answer and at > since]
    waits = [min((at - key for at in shown if at > key), default=time.monotonic_ns() - key) / 1e6 for key in pressed]
    drawn = sum(at > since for at, _ in instants_of(pictures))
    agent = sum(status_mb(pid, "VmRSS") for pid in agents_of(viewer.pid)[:1])
    print(
        f"  {name:<20} viewer {status_mb(viewer.pid, 'VmRSS'):5.0f} MB (most {status_mb(viewer.pid, 'VmHWM'):5.0f})"
        f"   agent {agent:4.0f} MB   {drawn / seconds:4.1f} pictures/s   CPU {(viewer.cpu_s() - used) / seconds:4.0%}"
        f"   key: median {statistics.median(waits):4.0f}, most {max(waits):5.0f} ms"
        f"   nothing drawn for {longest_silence_ms(viewer, since):5.0f} ms",
        flush=True,
    )


def measure(directory: Path, stacks: int, levels: int, options: Sequence[str], seconds: float) -> None:
    """One run."""
    pictures = directory / "pictures"
    binary = toolchains.build("manystacks", GO)
    command = [sys.executable, "-m", "tests.bench.probed", str(pictures), "4", "run", *options, str(binary), "--"]
    service = ["-stacks", str(stacks), "-levels", str(levels), "-for", "10m", "-rate", "2"]
    print(f"{stacks:,} stacks of some {2 * levels + 4} frames {' '.join(options)}")
    viewer = Viewer([*command, *service], 140, 45)
    try:
        while viewer.first(b"manystacks") is None:  # before the first picture there is nothing that could stand still
            viewer.listen(0.1)
        look(viewer, "while they come", 2 * seconds, pictures)
        for name, key in SCREENS:
            viewer.press(key)
            viewer.listen(0.2)
            look(viewer, name, seconds, pictures)
    finally:
        viewer.end()


def main() -> None:
    """As the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stacks", type=int, default=250_000)
    parser.add_argument("--levels", type=int, default=29)
    parser.add_argument("--seconds", type=float, default=10.0, help="on each screen")
    parser.add_argument("--options", default="", help="of gotop run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        measure(Path(directory), options.stacks, options.levels, options.options.split(), options.seconds)


if __name__ == "__main__":
    main()
