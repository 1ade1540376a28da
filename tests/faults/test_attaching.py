"""Agents that attach at bad moments: two at once, told to go meanwhile, many threads, a service that ends."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gotop.agent.locate_agent import agent_binary
from gotop.golang.plan import make_plan
from tests import toolchains
from tests.cli.running import PATIENCE_S, Runner, wait_until
from tests.exactness.test_attach import ticks
from tests.faults.obedient import Obedient, binary, has_its_own_code, serving
from tests.faults.rawviewer import RawViewer


def leaves(agent: subprocess.Popen[bytes]) -> None:
    """An agent that was told to go does, and says no more than that it tries until the machine lets it."""
    assert all("tried again until it succeeds" in line for line in said(agent).splitlines())
    assert agent.returncode == 0


@contextlib.contextmanager
def busy(home: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A service that allocates until it is killed, and the plan of it in the file plan.json."""
    binary = toolchains.build("exact", "1.26")
    (home / "plan.json").write_text(make_plan(binary).to_json())
    agent_binary()  # built before the service runs
    service = subprocess.Popen([str(binary), "-n", "10000000", *arguments])
    try:
        wait_until(lambda: ticks(service.pid) > 5, "a busy service")
        yield service
    finally:
        service.kill()
        service.wait()


def attach(home: Path, service: subprocess.Popen[bytes], socket: str) -> subprocess.Popen[bytes]:
    order = ["attach", "--plan", home / "plan.json", "--socket", home / socket, "--pid", str(service.pid)]
    return subprocess.Popen([agent_binary(), *order], stderr=subprocess.PIPE)


def said(agent: subprocess.Popen[bytes]) -> str:
    """What an agent that has ended says."""
    _, err = agent.communicate(timeout=60)
    return err.decode()


def attached(home: Path, service: subprocess.Popen[bytes], socket: str) -> tuple[subprocess.Popen[bytes], RawViewer]:
    """An agent that has attached, and a viewer of it. Where one says that it cannot just now, another one tries."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        agent = attach(home, service, socket)
        wait_until(lambda agent=agent: (home / socket).is_socket() or agent.poll() is not None, "a socket")
        try:
            return agent, RawViewer(home / socket)
        except OSError:
            words = said(agent)
            assert "ry again" in words and time.monotonic() < deadline, words


def test_of_two_agents_one_attaches_and_one_says_why_not(home: Path) -> None:
    with busy(home) as service:
        for turn in range(3):
            agents = [attach(home, service, f"{turn}{name}") for name in "ab"]
            wait_until(
                lambda agents=agents: any(agent.poll() is not None for agent in agents), "one agent that gives up", 60
            )
            (loser,) = [agent for agent in agents if agent.poll() is not None]
            (winner,) = [agent for agent in agents if agent is not loser]
            assert loser.returncode == 1
            assert f"process {service.pid} is monitored already, by the agent {winner.pid}" in said(loser)
            viewer = RawViewer(home / f"{turn}{'ab'[agents.index(winner)]}")
            viewer.until(lambda viewer=viewer: viewer.totals.get("allocs", 0) > 1000, "allocations")
            winner.terminate()
            leaves(winner)
        assert service.poll() is None


def test_agents_told_to_go_while_they_attach(home: Path) -> None:
    """The service gets its code back: an agent that attaches afterwards finds nothing in its way."""
    with busy(home, "-force-gc") as service:
        for step in range(12):
            agent = attach(home, service, f"s{step}")
            time.sleep(0.004 * step)
            agent.send_signal(signal.SIGTERM)
            said(agent)
            assert agent.returncode in (0, -signal.SIGTERM)  # the latter before it was able to take notice
        agent, viewer = attached(home, service, "last")
        viewer.until(lambda: viewer.totals.get("allocs", 0) > 1000, "allocations")
        agent.terminate()
        leaves(agent)
        assert service.poll() is None


@pytest.mark.parametrize("count", ["200"])
def test_many_threads(home: Path, count: str) -> None:
    with busy(home, "-locked", "-goroutines", count) as service:
        threads = Path(f"/proc/{service.pid}/task")
        wait_until(lambda: len([*threads.iterdir()]) > int(count), "all threads", 60)
        agent, viewer = attached(home, service, "s")
        viewer.until(lambda: viewer.runtime and viewer.totals["allocs"] > 1000, "allocations", 60)
        agent.terminate()
        viewer.until(lambda: viewer.ended, "word of the agent's leave", 60)
        leaves(agent)
        assert service.poll() is None
        tracers = {
            line
            for task in threads.iterdir()
            for line in (task / "status").read_text().splitlines()
            if "TracerPid" in line
        }
        assert tracers == {"TracerPid:\t0"}


def test_a_service_that_ends_while_it_is_attached_to(home: Path) -> None:
    for step in range(8):
        with busy(home) as service:
            agent = attach(home, service, f"s{step}")
            time.sleep(0.004 * step)
            service.kill()
            err = said_or_gone(agent)
            assert agent.returncode in (0, 1)
            assert "panic" not in err


def test_a_service_that_becomes_another_program_while_it_is_attached_to(gotop: Runner, home: Path) -> None:
    """It is hooked before or after, or that is refused in words; the new program is never left with half a hook."""
    (home / "plan.json").write_text(make_plan(binary()).to_json())
    with serving(gotop) as (process, service):
        for step in range(20):
            agent = attach(home, process, f"s{step}")
            time.sleep(0.003 * step)
            service.tell("exec", binary(), "-at", home / f"o{step}")
            service.close()
            service = Obedient(home / f"o{step}")
            agent.terminate()
            assert "panic" not in said(agent)
            assert agent.returncode in (0, 1, -signal.SIGTERM)
            assert service.told("allocate", 1000) == "1000"
            assert has_its_own_code(process.pid)
        assert process.poll() is None


def said_or_gone(agent: subprocess.Popen[bytes]) -> str:
    """An agent of a service that has ended goes by itself when nobody looks; it may be told to."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        return agent.communicate(timeout=20)[1].decode()
    agent.terminate()
    return said(agent)
