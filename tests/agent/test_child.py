"""A child process: whether it runs, signals to it, its end. Real processes, waited for and not slept for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from gotop.agent.child import Child

PATIENCE_S = 60.0
Start = Callable[..., Child]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a program that has said that it is ready; what is left of it is killed."""
    started: list[subprocess.Popen[str]] = []

    def begin(code: str) -> Child:
        process = subprocess.Popen(
            [sys.executable, "-c", f"{code}\nprint('ready', flush=True)\ninput()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        assert process.stdout and process.stdout.readline() == "ready\n"
        return Child(process.pid)

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def test_it_runs_until_a_signal_ends_it_and_its_status_is_kept(start: Start) -> None:
    child = start("")
    assert child.running and child.reap() is None
    assert child.send_signal(signal.SIGKILL)
    assert child.wait(PATIENCE_S)
    status = child.reap()
    assert status is not None and os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    assert child.reap() == status and not child.running
    assert not child.send_signal(signal.SIGTERM), "its number may be another's by now"


def test_sigterm_is_enough_for_who_listens_to_it(start: Start) -> None:
    child = start("import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))")
    child.terminate(PATIENCE_S)
    assert os.waitstatus_to_exitcode(child.reap() or 0) == 7


def test_who_does_not_is_killed_after_the_grace(start: Start) -> None:
    child = start("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    child.terminate(0.0)
    assert child.wait(PATIENCE_S)
    assert os.waitstatus_to_exitcode(child.reap() or 0) == -signal.SIGKILL


async def test_waiting_on_the_event_loop(start: Start) -> None:
    child = start("")
    assert not await child.wait_async(0.0)
    child.send_signal(signal.SIGKILL)
    assert await child.wait_async(PATIENCE_S) and await child.wait_async()


def test_a_process_of_somebody_else_is_waited_for_but_has_no_status(start: Start) -> None:
    child = start("import subprocess; inner = subprocess.Popen(['sleep', '600'])")
    inner = int(open(f"/proc/{child.pid}/task/{child.pid}/children").read())  # noqa: SIM115, PTH123
    grandchild = Child(inner)
    assert grandchild.running and grandchild.reap() is None
    assert grandchild.send_signal(signal.SIGKILL)
    assert grandchild.wait(PATIENCE_S) and grandchild.reap() is None
