"""The service `harmed`, whatever is done to it, and what must be as before afterwards."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from gotop.golang.plan import make_plan
from tests import toolchains
from tests.cli.running import alive, wait_until
from tests.faults.processes import tracer_of


def binary() -> Path:
    return toolchains.build("harmed", "1.26")


@cache
def hooks() -> list[tuple[int, bytes]]:
    """Where gotop changes code, and what stands there in the file."""
    return [(hook.at, bytes(hook.expect)) for hook in make_plan(binary()).hooks]


class Harmed:
    """A running service."""

    def __init__(self, process: subprocess.Popen[str], pid: int) -> None:
        self.process, self.pid = process, pid

    def ask(self, order: str) -> str:
        """Give an order; the answer is a line."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        assert answer and not answer.startswith("error"), f"{order}: {answer!r}"
        return answer

    def longest_gap_ms(self) -> float:
        """How late one of its ticks came at most since the last call: what others do on this machine is part of it."""
        return int(self.ask("gap")) / 1000

    def has_its_own_code(self) -> bool:
        with Path(f"/proc/{self.pid}/mem").open("rb", buffering=0) as memory:
            return all(os.pread(memory.fileno(), len(code), at) == code for at, code in hooks())

    def unharmed(self, seconds: float = 60) -> None:
        """It lives and answers, nobody traces it, no thread is stopped; code, mappings and descriptors are its own."""
        assert self.process.poll() is None, f"the service ended with {self.process.returncode}"
        wait_until(lambda: not tracer_of(self.pid), "a service that nobody traces", seconds)
        wait_until(self.has_its_own_code, "the service's own code", seconds)
        wait_until(lambda: not self._mappings(), "a service without mappings of gotop's", seconds)
        wait_until(lambda: not self._gotops(), "a service without descriptors of gotop's", seconds)
        states = {state for state in self.states() if state in "tT"}
        assert not states, states
        self.longest_gap_ms()
        time.sleep(0.05)
        assert self.longest_gap_ms() < 5000  # it ticks

    def states(self) -> list[str]:
        """The state of each thread."""
        found = []
        for status in Path(f"/proc/{self.pid}/task").glob("*/status"):
            with contextlib.suppress(OSError, IndexError):
                found.append(status.read_text().split("State:\t")[1][0])
        return found

    def _mappings(self) -> list[str]:
        lines = Path(f"/proc/{self.pid}/maps").read_text().splitlines()
        exe = str(Path(f"/proc/{self.pid}/exe").readlink())
        end = min(int(line.split("-")[0], 16) for line in lines if line.endswith(exe))
        return [line for line in lines if "gotop-tables" in line or int(line.split("-")[0], 16) < end]

    def _gotops(self) -> list[str]:
        links = []
        for fd in Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                links.append(str(fd.readlink()))
        return [link for link in links if "memfd" in link]


@contextlib.contextmanager
def harmed(
    home: Path, *options: object, program: Path | None = None, inside: Sequence[str] = (), **popen: Any
) -> Iterator[Harmed]:
    """The service, without gotop; killed in the end. `program`: a copy of it; `inside`: what starts it, as the only
    child of a child or so.
    """
    settings = {"env": {**os.environ, "XDG_RUNTIME_DIR": str(home)}, **popen}
    command = [*inside, str(program or binary()), *map(str, options)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **settings) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield Harmed(process, innermost(process.pid))
        finally:
            process.kill()


def innermost(pid: int) -> int:
    """The process that a chain of only children leads to."""
    while children := psutil.Process(pid).children():
        (child,) = children
        pid = child.pid
    return pid


def agents_of(pid: int) -> list[int]:
    """The agents that are attached to a process, or are attaching to it."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (place / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"hookagent") and str(pid).encode() in words and alive(int(place.name)):
                found.append(int(place.name))
    return found
