"""The service `obey`, under gotop or without it: it does what a test tells it, and says when it is done."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests import toolchains
from tests.cli.running import Runner, wait_until

SITE = "main.allocate"


class Obedient:
    """A connection to a running `obey`."""

    def __init__(self, path: Path, patience: float = 30.0) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(patience)
        wait_until(self._connected, f"a service at {path}")
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
        answer = self._answers.readline().strip()
        assert not answer.startswith("error"), f"{words}: {answer}"
        return answer

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
