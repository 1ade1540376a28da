"""What a viewer of a busy service costs, and how late it is: a real service, agent, socket and terminal.

    python -m tests.bench.viewer [SITES] [--size 120x40] [--interval 100ms] [--frames 4]

* CPU: user and system time of the viewer's process over some seconds, as a share of one core.
* Allocation to screen: from the instant of a beacon's first allocation until its row's name has come out of the
  terminal's other end.
* Key to screen: from the key going into the terminal until the picture that answers it is written to it.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import pty
import random
import re
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench import beacons

WARM_UP_S, CPU_S, KEYS, BEACONS = 15.0, 20.0, 60, 12
KEY_NAMES = (b"\x1b[B", b"s", b"\x1b[B", b"w", b"S", b"\x1b[A")
"""Down, the next order, another window, the order before, up."""


class Viewer:
    """`gotop` in a terminal of ours, which remembers what came out of it and when."""

    def __init__(self, command: list[str], columns: int, lines: int) -> None:
        self.pid, self._fd = pty.fork()
        if not self.pid:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
            os.execv(command[0], command)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.output: list[tuple[int, bytes]] = []

    def listen(self, seconds: float) -> None:
        """Take what comes for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self._fd], [], [], left)[0]:
                try:
                    data = os.read(self._fd, 1 << 16)
                except OSError:
                    raise SystemExit(self.text()) from None
                self.output.append((time.monotonic_ns(), data))

    def press(self, key: bytes) -> int:
        """Type a key; the instant."""
        at = time.monotonic_ns()
        os.write(self._fd, key)
        return at

    def cpu_s(self) -> float:
        """What the process has used of the processor, without its children; as the scheduler counts, not by ticks of
        10 ms, of which few would come.
        """
        threads = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    def rss_mb(self) -> float:
        """Memory of the process."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0

    def text(self) -> str:
        """Everything that came."""
        return b"".join(data for _, data in self.output).decode(errors="replace")

    def first(self, word: bytes) -> int | None:
        """When the word had come out."""
        last = b""
        for at, data in self.output:
            if word in last + data:
                return at
            last = data[-len(word) :]
        return None

    def end(self) -> None:
        """Leave as a user does."""
        os.kill(self.pid, signal.SIGTERM)
        with contextlib.suppress(SystemExit):  # the terminal's end
            self.listen(20)
        os.waitpid(self.pid, 0)


def say(what: str, values: Sequence[float]) -> None:
    """Median, the slowest of twenty, the slowest."""
    ordered = sorted(values)
    median, p95 = statistics.median(ordered), ordered[int(len(ordered) * 0.95)]
    print(f"  {what:<24}{median:7.1f} ms   p95 {p95:6.1f}   most {ordered[-1]:6.1f}   of {len(ordered)}")


def delays(viewer: Viewer, instants: Path) -> Iterator[float]:
    """Milliseconds from each beacon's first allocation to its name on the screen."""
    for line in instants.read_text().splitlines():
        number, at = map(int, line.split())
        shown = viewer.first(b"beacon%02d" % number)
        if shown is None:
            print(f"  beacon {number} never stood on the screen")
        else:
            yield (shown - at) / 1e6


def instants_of(pictures: Path) -> Iterator[tuple[int, bool]]:
    """When there was a picture (ns), and whether it answered a key."""
    for line in pictures.read_text().splitlines():
        at, answer = map(int, line.split())
        yield at, bool(answer)


def answers(pressed: Sequence[int], pictures: Path) -> Iterator[float]:
    """Milliseconds from each key to the first picture after it."""
    shown = [at for at, answer in instants_of(pictures) if answer]
    for at, following in zip(pressed, [*pressed[1:], sys.maxsize], strict=True):
        yield from [(picture - at) / 1e6 for picture in shown if at < picture < following][:1]


def measure(directory: Path, sites: int, size: str, interval: str, frames: float) -> None:
    """One run."""
    instants, pictures = directory / "instants", directory / "pictures"
    binary = beacons.build(directory, sites, BEACONS, WARM_UP_S + CPU_S)
    columns, lines = map(int, size.split("x"))
    command = [sys.executable, "-m", "tests.bench.probed", str(pictures), str(frames)]
    viewer = Viewer([*command, "run", "--interval", interval, str(binary), "--", str(instants)], columns, lines)
    viewer.listen(WARM_UP_S)
    used, began = viewer.cpu_s(), time.monotonic()
    viewer.listen(CPU_S)
    used, ended = viewer.cpu_s() - used, time.monotonic()
    drawn = sum(began < at / 1e9 < ended for at, _ in instants_of(pictures))
    print(f"{sites:,} sites, {size}, a reading each {interval}, at most {frames:g} frames/s")
    share, rate = used / (ended - began), drawn / (ended - began)
    print(f"  {'CPU':<24}{share * 100:7.1f} % of a core   {rate:.1f} frames/s, {viewer.rss_mb():.0f} MB")
    viewer.listen(BEACONS * beacons.BEACON_EVERY_MS / 1e3 + 2)
    say("allocation to screen", list(delays(viewer, instants)))
    pressed = []
    chance = random.Random(1)
    for number in range(KEYS):
        pressed.append(viewer.press(KEY_NAMES[number % len(KEY_NAMES)]))
        viewer.listen(chance.uniform(0.25, 0.5))
    viewer.end()
    say("key to screen", list(answers(pressed, pictures)))


def main() -> None:
    """As the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sites", type=int, nargs="?", default=5000)
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--interval", default="100ms")
    parser.add_argument("--frames", type=float, default=4.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        measure(Path(directory), options.sites, options.size, options.interval, options.frames)


if __name__ == "__main__":
    main()
