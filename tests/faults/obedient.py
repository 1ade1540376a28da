"""The service `obey`, under gotop or without it: it does what a test tells it, and says when it is done."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gotop.agent.protocol import ProtocolError, Tick
from gotop.agent.recording import RecordingError, read_recording
from gotop.golang.plan import make_plan
from tests import toolchains
from tests.cli.running import Runner, alive, wait_until
from tests.faults.rawviewer import RawViewer

SITE = "main.allocate"
LONG = 240.0
"""Seconds: for what takes one, on a machine that does a hundred other things."""


class Obedient:
    """A connection to a running `obey`."""

    def __init__(self, path: Path, patience: float = LONG) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(patience)
        wait_until(self._connected, f"a service at {path}", patience)
        self._answers = self._socket.makefile("r")

    def _connected(self) -> bool:
        try:
            self._socket.connect(str(self.path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True

    def told(self, *words: object) -> str:
        """The answer; an order that failed fails the test."""
        self.tell(*words)
        answer = self.answer()
        assert not answer.startswith("error"), f"{words}: {answer}"
        return answer

    def answer(self) -> str:
        """The answer to the oldest order that was not answered yet."""
        return self._answers.readline().strip()

    def tell(self, *words: object) -> None:
        """Give an order whose answer will not come, or is not waited for."""
        self._socket.sendall((" ".join(map(str, words)) + "\n").encode())

    def close(self) -> None:
        """The service waits for the next connection then."""
        self._answers.close()
        self._socket.close()


def binary(variant: str = "plain") -> Path:
    return toolchains.build("obey", "1.26", variant)


@contextlib.contextmanager
def obedient(
    gotop: Runner, *options: object, flags: tuple[object, ...] = (), **popen: Any
) -> Iterator[tuple[subprocess.Popen[str], Obedient]]:
    """`gotop run OPTIONS obey`, and a connection to the service."""
    at = gotop.home / "orders"
    program = popen.pop("program", None) or binary()
    with gotop.start("run", *options, program, "--", "-at", at, *flags, **popen) as process:
        service = Obedient(at)
        try:
            yield process, service
        finally:
            service.close()


def allocated(report: dict[str, Any]) -> int:
    """What a report says of the objects that were allocated as ordered."""
    return sum(site["allocs"] for site in report["sites"] if site["function"] == SITE)


def recorded(kept: Path) -> int:
    """How many allocations gotop knows of by now; the end of the file may be in the making."""
    largest = 0
    with contextlib.suppress(RecordingError, ProtocolError, OSError):
        for message in read_recording(kept):
            largest = max(largest, message.totals.allocs if isinstance(message, Tick) else 0)
    return largest


@contextlib.contextmanager
def serving(gotop: Runner, *flags: str) -> Iterator[tuple[subprocess.Popen[bytes], Obedient]]:
    """The service, without gotop."""
    at = gotop.home / "o"
    with subprocess.Popen([binary(), "-at", at, *flags], env=gotop.environment, stderr=subprocess.PIPE) as process:
        service = Obedient(at, LONG)
        try:
            service.told("allocate", 1000)
            yield process, service
        finally:
            service.close()
            process.kill()


def joined(gotop: Runner, process: subprocess.Popen[str]) -> RawViewer:
    """A viewer at the agent that a `gotop attach` has started."""
    found: list[str] = []

    def listens() -> bool:
        found.extend(s["socket"] for s in gotop.sessions() if alive(s["agent_pid"]) and Path(s["socket"]).is_socket())
        return bool(found) or process.poll() is not None

    wait_until(listens, "an agent that listens", LONG)
    assert found, process.communicate()
    viewer = RawViewer(found[0])
    viewer.until(lambda: viewer.viewers >= 2, "gotop's own viewer beside this one", LONG)
    return viewer


def has_its_own_code(pid: int) -> bool:
    """Whether the service is as its file says, at every hook point."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        return all(os.pread(memory.fileno(), 6, hook.at) == hook.expect for hook in make_plan(binary()).hooks)
