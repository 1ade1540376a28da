"""Hooks that cannot be taken out when the last viewer leaves are taken out later, and it is said."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Runner, wait_until
from tests.faults.harm.harmed import Harmed, agents_of, harmed
from tests.faults.processes import tracer_of


@contextlib.contextmanager
def traced(pid: int) -> Iterator[None]:
    """Somebody traces the process meanwhile."""
    order = ["strace", "-f", "-p", str(pid), "-e", "trace=none", "-o", "/dev/null"]
    with subprocess.Popen(order, stderr=subprocess.DEVNULL) as strace:
        wait_until(lambda: bool(tracer_of(pid)), "a tracer")
        try:
            yield
        finally:
            strace.terminate()


def hooked(service: Harmed) -> bool:
    return not service.has_its_own_code()


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_leaving_while_another_traces(gotop: Runner, home: Path) -> None:
    with harmed(home) as service, gotop.start("attach", service.pid, "--json", "--for", "3s") as viewer:
        wait_until(lambda: hooked(service), "hooks")
        with traced(service.pid):
            _, err = viewer.communicate(timeout=120)
            assert viewer.returncode == 1
            assert f"gotop detach {service.pid}" in err and "strace" in err
            wait_until(lambda: "being left" in gotop.run("ps").stdout, "word of it in gotop ps")
            assert hooked(service)
            assert gotop.run("detach", service.pid).returncode == 1
        service.unharmed()
        wait_until(lambda: not agents_of(service.pid), "the agent's leave")


def killed_agent(gotop: Runner, service: Harmed) -> None:
    """Leave hooks that nobody takes out any more."""
    with gotop.start("attach", service.pid, "--json", "--for", "60s") as viewer:
        wait_until(lambda: bool(gotop.sessions()) and hooked(service), "hooks")
        for agent in agents_of(service.pid):
            os.kill(agent, signal.SIGKILL)
        wait_until(lambda: not agents_of(service.pid), "the agent's end")
        viewer.kill()


def test_detach_takes_out_what_a_killed_agent_has_left(gotop: Runner, home: Path) -> None:
    with harmed(home) as service:
        killed_agent(gotop, service)
        assert hooked(service)
        done = gotop.run("detach", service.pid)
        assert done.returncode == 0, done.stderr
        assert "has its own code again" in done.stdout
        service.unharmed()
        again = gotop.run("detach", service.pid)
        assert again.returncode == 0 and "nothing of gotop's" in again.stdout


def test_detach_leaves_what_is_being_monitored(gotop: Runner, home: Path) -> None:
    with harmed(home) as service, gotop.start("attach", service.pid, "--json", "--for", "60s") as viewer:
        wait_until(lambda: bool(gotop.sessions()) and hooked(service), "hooks")
        refused = gotop.run("detach", service.pid)
        assert refused.returncode == 1 and "is being monitored by the agent" in refused.stderr
        assert hooked(service)
        viewer.send_signal(signal.SIGINT)
        viewer.communicate(timeout=60)
        service.unharmed()


def test_taking_over_with_few_descriptors(gotop: Runner, home: Path) -> None:
    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    with harmed(home, preexec_fn=few) as service:
        killed_agent(gotop, service)
        joined = gotop.run("attach", service.pid, "--json", "--for", "300ms")
        assert joined.returncode == 0, joined.stderr
        service.unharmed()
