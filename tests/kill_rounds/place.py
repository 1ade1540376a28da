"""Where the rounds of a worker take place: its directories, its service under load, and what gotop has left there."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from gotop.agent.locate_agent import agent_binary
from gotop.golang.plan import make_plan
from tests.cli.running import Runner, alive
from tests.faults.obedient import Obedient, binary
from tests.faults.processes import marked

LOAD = 4
"""Goroutines of the service that allocate."""
PATIENCE_S = 90.0
"""For what takes a moment; a lock that another agent holds is waited for up to 10 s."""


class RoundError(Exception):
    """Something that must hold does not."""


def wait_for(condition: Callable[[], object], what: str, interval: float = 0.005) -> None:
    """Wait for something to come true, looking every so many seconds. Raises RoundError."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise RoundError(f"there was not {what} within {PATIENCE_S:.0f} s")
        time.sleep(interval)


def claim(holds: object, fault: str) -> None:
    """Raise RoundError if it does not hold."""
    if not holds:
        raise RoundError(fault)


@cache
def hooks() -> list[tuple[int, bytes]]:
    """Where gotop changes the service's code, and what stands there in its file."""
    return [(hook.at, bytes(hook.expect)) for hook in make_plan(binary()).hooks]


class Place:
    """A worker's home: nothing else may have its name in the environment."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="gk-", dir="/tmp"))
        self.temporary = self.home / "t"
        self.temporary.mkdir()
        self.gotop = Runner(self.home)
        self.gotop.environment["TMPDIR"] = str(self.temporary)
        self.plan = self.home / "plan.json"
        self.plan.write_text(make_plan(binary()).to_json())
        self.agent = agent_binary()
        self.orders = self.home / "o"
        self.service: subprocess.Popen[bytes] | None = None

    def serving(self) -> tuple[int, Obedient]:
        """The service that is attached to, started if there is none, under load; the connection is the caller's."""
        if self.service is None or self.service.poll() is not None:
            self.orders.unlink(missing_ok=True)
            with (self.home / "service.err").open("wb") as errors:
                command = [binary(), "-at", self.orders]
                self.service = subprocess.Popen(command, env=self.gotop.environment, stderr=errors)
        orders = Obedient(self.orders, PATIENCE_S)
        orders.told("load", LOAD)
        return self.service.pid, orders

    def viewer(self, *arguments: object) -> Viewer:
        """`gotop ARGUMENTS`, started."""
        return Viewer(self, *arguments)

    def processes(self) -> list[int]:
        """What runs here, but for the service that is attached to."""
        return [pid for pid in marked(self.home) if self.service is None or pid != self.service.pid]

    def deserted(self) -> bool:
        """Whether nothing runs here but the service that is attached to: a process that just begins shows up late."""
        for _ in range(5):
            if self.processes():
                return False
            time.sleep(0.05)
        return True

    def ended(self) -> None:
        """Wait until nothing runs here but the service that is attached to. Raises RoundError that names what does."""
        try:
            wait_for(self.deserted, "an end of all", interval=0.05)
        except RoundError as error:
            raise RoundError(f"{error}: {[words_of(pid) for pid in self.processes()]}") from None

    def files(self) -> list[Path]:
        """What is left in the directories for sessions and for temporary files."""
        return [*self.gotop.leftovers(), *self.temporary.iterdir()]

    def clear(self) -> None:
        """Kill and remove all that is here, so that a round's fault is not the next one's too."""
        for pid in marked(self.home):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.service:
            self.service.wait()
            self.service = None
        with contextlib.suppress(RoundError):
            wait_for(lambda: not marked(self.home), "an end of all processes")
        for left in self.files():
            shutil.rmtree(left) if left.is_dir() else left.unlink()

    def words(self) -> str:
        """The ends of what gotop, agents and services have said here, for who reads of a fault."""
        said = [*self.home.glob("*.err"), *self.home.glob("gotop-*/*/*.log")]
        return "".join(
            f"  {path.name}: {text[-1500:]}\n" for path in said if (text := path.read_text(errors="replace"))
        )

    def remove(self) -> None:
        """Remove the home."""
        shutil.rmtree(self.home, ignore_errors=True)


class Viewer:
    """A gotop whose output goes to files, so that nothing that outlives it holds up its end."""

    def __init__(self, place: Place, *arguments: object) -> None:
        self._out, self._err = place.home / "viewer.out", place.home / "viewer.err"
        command = [sys.executable, "-m", "gotop", *map(str, arguments)]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                command, env=place.gotop.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=place.home
            )

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.process.poll() is not None

    @property
    def out(self) -> str:
        """What it has printed."""
        return self._out.read_text(errors="replace")

    @property
    def err(self) -> str:
        """What it has said beside it."""
        return self._err.read_text(errors="replace")

    def agent(self) -> int | None:
        """Its agent, as soon as the kernel knows it as one."""
        return child(self.process.pid, "hookagent")


def listens(at: Path) -> bool:
    """Whether somebody accepts connections at a socket."""
    with socket.socket(socket.AF_UNIX) as trial:
        return trial.connect_ex(str(at)) == 0


def words_of(pid: int) -> str:
    """A process's number, command line and state."""
    with contextlib.suppress(OSError):
        place = Path(f"/proc/{pid}")
        command = place.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return f"{pid} {command[:300]} {place.joinpath('stat').read_text()[-300:]}"
    return f"{pid}, which has ended"


def child(parent: int, name: str) -> int | None:
    """The child of a process that runs a program whose file's name begins so."""
    for thread in Path(f"/proc/{parent}/task").glob("*"):
        with contextlib.suppress(OSError):
            for found in (thread / "children").read_text().split():
                if Path(f"/proc/{found}/exe").readlink().name.startswith(name) and alive(int(found)):
                    return int(found)
    return None
