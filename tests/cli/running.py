"""Running gotop as a user does, with sessions of its own, and finding what it started."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from gotop.agent.session_store import RECORD_NAME

CHECKOUT = Path(__file__).parents[2]
PATIENCE_S = 120.0


class Runner:
    """Starts gotop with its runtime directory in `home`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "XDG_RUNTIME_DIR": str(home)}

    def run(self, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        """To its end."""
        defaults = {"env": self.environment, "stdin": subprocess.DEVNULL, "timeout": 240, "cwd": self.home}
        settings = {**defaults, **options}
        return subprocess.run(command(*arguments), capture_output=True, text=True, check=False, **settings)

    @contextlib.contextmanager
    def start(self, *arguments: object, **options: Any) -> Iterator[subprocess.Popen[str]]:
        """In the background; what is left of it and of a service that it started in the end is killed."""
        defaults = {
            "env": self.environment, "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE, "cwd": self.home, "text": True,
        }  # fmt: skip
        process = subprocess.Popen(command(*arguments), **{**defaults, **options})
        try:
            yield process
        finally:
            started = [found for found in self.sessions() if found["exe"]]  # not those that only attached
            left = [process.pid, *(pid for found in started for pid in (found["pid"], found["agent_pid"]))]
            if process.poll() is None:  # it may not have got as far as its record yet
                left += [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.communicate()

    def sessions(self) -> list[dict[str, Any]]:
        """The records of all sessions, each with the directory that it was found in."""
        found = []
        for path in self.home.glob(f"gotop-*/*/{RECORD_NAME}"):
            with contextlib.suppress(OSError, ValueError):
                found.append({"directory": str(path.parent)} | json.loads(path.read_text()))
        return found

    def session(self) -> dict[str, Any]:
        """The one session of a service there is, once it runs; `gotop web` has one without."""

        def found() -> list[dict[str, Any]]:
            return [session for session in self.sessions() if session["pid"]]

        wait_until(lambda: len(found()) == 1 and alive(found()[0]["pid"]), "a running service")
        return found()[0]

    def leftovers(self) -> list[Path]:
        """What sessions have left in the runtime directory."""
        return list(self.home.glob("gotop-*/*"))


def command(*arguments: object) -> list[str]:
    """gotop's command line."""
    return [sys.executable, "-m", "gotop", *map(str, arguments)]


def next_line(process: subprocess.Popen[str], seconds: float = PATIENCE_S) -> str:
    """The next line of a process's output."""
    assert process.stdout
    assert select.select([process.stdout], [], [], seconds)[0], f"there was no line of output within {seconds} s"
    return process.stdout.readline()


def alive(pid: int) -> bool:
    """Whether a process runs: not a zombie either."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def wait_until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE_S) -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"there was not {what} within {seconds} s"
        time.sleep(0.02)


def started_by(home: Path) -> list[int]:
    """Every process of gotop's whose environment says that it belongs to this test."""
    mine = f"XDG_RUNTIME_DIR={home}\0".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (place / "cmdline").read_bytes()
            ours = b"-m\0gotop" in command or b"hookagent" in command or b"gotop-demo" in command
            if ours and mine in (place / "environ").read_bytes() and alive(int(place.name)):
                found.append(int(place.name))
    return found
