"""The agent is killed, or told to go: the service goes on, and the next agent finds all that was counted."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gotop.agent.locate_agent import agent_binary
from tests.cli.running import Runner, alive, wait_until
from tests.faults.obedient import allocated, obedient, recorded
from tests.faults.rawviewer import RawViewer


@contextlib.contextmanager
def second_agent(session: dict[str, object], socket: Path) -> Iterator[subprocess.Popen[bytes]]:
    plan = Path(str(session["directory"])) / "plan.json"
    order = ["attach", "--plan", str(plan), "--socket", str(socket), "--pid", str(session["pid"])]
    agent = subprocess.Popen([agent_binary(), *order], stderr=subprocess.PIPE)
    try:
        wait_until(lambda: socket.is_socket() or agent.poll() is not None, "an agent that listens")
        assert agent.poll() is None, agent.stderr and agent.stderr.read()
        yield agent
    finally:
        agent.kill()
        agent.communicate()


def counted(viewer: RawViewer, kept: Path, count: int) -> None:
    """Wait until gotop's own stream, which it records, holds what another viewer has been sent of one stack."""
    viewer.until(lambda: viewer.largest() == count, "the count")
    wait_until(lambda: recorded(kept) >= viewer.totals["allocs"], "the count in gotop's own stream")


def test_a_killed_agent_leaves_a_service_that_serves_and_counts(gotop: Runner) -> None:
    with obedient(gotop, "--no-ui", "--socket", gotop.home / "s") as (process, service):
        service.told("allocate", 20_000)
        session = gotop.session()
        os.kill(session["agent_pid"], signal.SIGKILL)
        assert service.told("allocate", 1_111) == "21111"
        with second_agent(session, gotop.home / "s2"):
            viewer = RawViewer(gotop.home / "s2")
            viewer.until(lambda: viewer.largest() >= 21_111, "all that was counted before")
            service.told("allocate", 9)
            viewer.until(lambda: viewer.largest() == 21_120, "what was counted since")
        service.tell("exit", 6)
        assert process.wait(240) == 6


@pytest.mark.parametrize("variant", ["plain", "pie"])
def test_an_agent_told_to_go_gives_the_service_its_own_code_back(gotop: Runner, variant: str) -> None:
    from tests.faults.obedient import binary

    with obedient(gotop, "--no-ui", "--socket", gotop.home / "s", program=binary(variant)) as (process, service):
        service.told("allocate", 20_000)
        session = gotop.session()
        viewer = RawViewer(gotop.home / "s")
        os.kill(session["agent_pid"], signal.SIGTERM)
        viewer.until(lambda: viewer.ended, "word of the agent's leave")
        assert viewer.ended and viewer.ended["detached"]
        assert viewer.largest() == 20_000
        wait_until(lambda: not alive(session["agent_pid"]), "the end of the agent")
        assert service.told("allocate", 50_000) == "70000"
        service.tell("exit", 4)
        assert process.wait(240) == 4


def test_agents_come_and_go(gotop: Runner) -> None:
    with obedient(gotop, "--no-ui") as (process, service):
        session = gotop.session()
        wanted = 30_000
        service.told("allocate", wanted)
        os.kill(session["agent_pid"], signal.SIGKILL)
        for turn in range(3):
            socket = gotop.home / f"s{turn}"
            with second_agent(session, socket) as agent:
                viewer = RawViewer(socket)
                wanted += 7
                service.told("allocate", 7)
                viewer.until(lambda wanted=wanted, viewer=viewer: viewer.largest() == wanted, f"turn {turn}'s count")
                agent.kill()
        service.tell("exit", 0)
        assert process.wait(240) == 0


def test_a_report_holds_what_was_seen_before_the_agent_was_killed(gotop: Runner) -> None:
    kept = gotop.home / "kept"
    with obedient(gotop, "--json", "--interval", "50ms", "--record", kept) as (process, service):
        service.told("allocate", 20_000)
        session = gotop.session()
        counted(RawViewer(session["socket"]), kept, 20_000)
        os.kill(session["agent_pid"], signal.SIGKILL)
        assert service.told("allocate", 5) == "20005"
        service.tell("exit", 3)
        out, err = process.communicate(timeout=240)
        assert process.returncode == 3
        assert allocated(json.loads(out)) == 20_000
        assert "Traceback" not in err


def test_an_attached_viewer_says_that_the_agent_is_gone(gotop: Runner) -> None:
    with obedient(gotop, "--no-ui", "--socket", gotop.home / "s") as (process, service):
        session = gotop.session()
        kept = gotop.home / "kept"
        with gotop.start("attach", gotop.home / "s", "--json", "--interval", "50ms", "--record", kept) as viewer:
            service.told("allocate", 20_000)
            counted(RawViewer(gotop.home / "s"), kept, 20_000)
            os.kill(session["agent_pid"], signal.SIGKILL)
            out, err = viewer.communicate(timeout=240)
            assert viewer.returncode == 0
            assert allocated(json.loads(out)) == 20_000
            assert "agent" in json.loads(out)["health"]["notice"]
            assert "Traceback" not in err
        # `gotop.start` has ended the service too
        process.wait(240)
