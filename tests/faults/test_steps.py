"""Somebody is killed at a step of the agent's work: the others carry on or end in order, and the service is unharmed.

Steps are the agent's system calls that change something outside of it (see `stepper`), from its first to its leave. The
usual run takes some of each kind, `--slow` all of them.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Runner, alive, wait_until
from tests.faults.obedient import LONG, Obedient, allocated, binary, has_its_own_code, joined, recorded, serving
from tests.faults.processes import marked, tracer_of, untraced
from tests.faults.steps import Steps

VICTIMS = ("agent", "service", "viewer")


def steps(usual: tuple[int, ...], last: int) -> list[Any]:
    """The numbers of steps: those of the usual run, and all others with --slow."""
    return [pytest.param(n, marks=() if n in usual else pytest.mark.slow) for n in range(1, last)]


def in_order(process: subprocess.Popen[str], *codes: int) -> str:
    """gotop's output after its end: with one of these codes, and in words for people."""
    out, err = process.communicate(timeout=LONG)
    assert process.returncode in codes, err
    assert "Traceback" not in err and "mistake in gotop" not in err, err
    if process.returncode == 1:
        assert err.startswith("gotop: "), err
    return out


def orders(at: Path) -> Obedient | None:
    """A connection to the service, or None if all processes end without one."""
    wait_until(lambda: at.is_socket() or not marked(at.parent), "a service or an end of all", LONG)
    if service_of(at.parent) is None:
        return None  # it was killed
    try:
        return Obedient(at, LONG)
    except (AssertionError, OSError):
        return None  # just now


def service_of(home: Path) -> int | None:
    """The process that runs `obey`."""
    for pid in marked(home):
        with contextlib.suppress(OSError):  # it may end at any moment
            if Path(f"/proc/{pid}/exe").samefile(binary()):
                return pid
    return None


@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("number", steps((17, 58), 82))
def test_run(gotop: Runner, number: int, victim: str) -> None:
    kills = Steps(gotop, "start", number, victim)
    with gotop.start("run", "--json", binary(), "--", "-at", gotop.home / "o") as process:
        service = orders(gotop.home / "o")
        if service:
            pid = service_of(gotop.home)
            if pid:
                untraced(pid)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                service.tell("exit", 3)
            service.close()
        if victim == "viewer" and kills.killed():
            assert process.wait(LONG) == -signal.SIGKILL
        else:
            codes = {"agent": (1, 3), "service": (1, 128 + signal.SIGKILL)}.get(victim, ()) if kills.killed() else (3,)
            in_order(process, *codes)
    wait_until(lambda: not marked(gotop.home), "an end of all processes", LONG)


def unharmed(gotop: Runner, process: subprocess.Popen[bytes], service: Obedient, total: int) -> None:
    """The service works, nobody traces it, and the next gotop counts what it allocates and leaves it as it was."""
    untraced(process.pid)
    assert service.told("allocate", 1000) == str(total + 1000)
    del gotop.environment["XDG_CACHE_HOME"]
    kept = gotop.home / "kept"
    with gotop.start("attach", process.pid, "--json", "--record", kept) as again:
        viewer = joined(gotop, again)
        viewer.until(lambda: viewer.totals, "a first tick", LONG)
        service.told("allocate", 5000)
        viewer.until(lambda: viewer.largest() >= 5000, "the count", LONG)
        assert viewer.largest() in (5000, 6000)  # what was allocated without an agent counts if the hooks were in place
        viewer.close()
        wait_until(lambda: recorded(kept) >= 5000, "the count in gotop's own stream", LONG)
        again.send_signal(signal.SIGINT)
        report = json.loads(in_order(again, 0))
        assert allocated(report) in (5000, 6000)
    wait_until(lambda: marked(gotop.home) == [process.pid], "the agent's leave", LONG)
    assert has_its_own_code(process.pid)
    assert service.told("allocate", 1) == str(total + 6001)
    service.tell("exit", 7)
    assert process.wait(LONG) == 7


def aftermath(gotop: Runner, process: subprocess.Popen[bytes], service: Obedient, killed: bool) -> None:
    """The agent ends; a service that was not killed itself is unharmed."""
    if killed:
        assert process.wait(LONG) == -signal.SIGKILL
        wait_until(lambda: not marked(gotop.home), "an end of the agent", LONG)
        return
    wait_until(lambda: marked(gotop.home) == [process.pid], "the agent's end", LONG)
    unharmed(gotop, process, service, 1000)


@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("number", steps((34,), 150))
def test_attach(gotop: Runner, number: int, victim: str) -> None:
    with serving(gotop) as (process, service):
        kills = Steps(gotop, "start", number, victim, process.pid)
        with gotop.start("attach", process.pid, "--json", "--for", "1s") as viewer:
            if victim == "viewer":
                viewer.wait(LONG)
                assert viewer.returncode == (-signal.SIGKILL if kills.killed() else 0), viewer.communicate()
            else:
                in_order(viewer, 0, 1)
        aftermath(gotop, process, service, victim == "service" and kills.killed())


@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("number", steps((9, 16), 46))
def test_leave(gotop: Runner, number: int, victim: str) -> None:
    """From the first viewer's coming to the last step of giving the service its own code back."""
    with serving(gotop) as (process, service):
        kills = Steps(gotop, "stream", number, victim, process.pid)
        with gotop.start("attach", process.pid, "--json", "--for", "200ms") as viewer:
            if victim == "viewer":
                viewer.wait(LONG)
                assert viewer.returncode in (0, -signal.SIGKILL), viewer.communicate()
            else:
                in_order(viewer, 0, 1)
        wait_until(lambda: kills.killed() or marked(gotop.home) == [process.pid], "the step, or the agent's end", LONG)
        aftermath(gotop, process, service, victim == "service" and kills.killed())


def test_the_service_is_alive_under_the_steps(gotop: Runner) -> None:
    """Without a victim all is as ever, and every kind of step is there: otherwise the tests above test nothing."""
    kills = Steps(gotop, "start", 100_000, "agent")
    with gotop.start("run", "--json", binary(), "--", "-at", gotop.home / "o") as process:
        service = orders(gotop.home / "o")
        assert service
        service.told("allocate", 20_000)
        pid = gotop.session()["pid"]
        assert alive(pid) and not tracer_of(pid)
        service.tell("exit", 3)
        assert allocated(json.loads(in_order(process, 3))) == 20_000
    seen = {line.split()[1] for line in kills.lines()}
    assert seen >= {"bind", "clone", "ptrace", "pwrite64", "fallocate", "write", "accept4"}
    assert sum(line.startswith("start ") for line in kills.lines()) > 60
