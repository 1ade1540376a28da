"""Services that do unusual things with themselves: nothing of it may break under gotop, nor gotop on it."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests import toolchains
from tests.cli.running import Runner, alive, wait_until
from tests.faults.obedient import Obedient, allocated, binary, obedient
from tests.faults.rawviewer import RawViewer

NOBODY = 65534


@pytest.mark.parametrize("variant", ["plain", "pie"])
@pytest.mark.parametrize("same", [True, False])
def test_a_service_that_becomes_another_program(gotop: Runner, variant: str, same: bool) -> None:
    """What was counted before stays; the new program has its own code, whichever viewer asks for what."""
    program = binary(variant)
    to = program if same else binary("stripped-pie")
    with obedient(gotop, "--json", "--interval", "50ms", program=program) as (process, service):
        service.told("allocate", 20_000)
        session = gotop.session()
        viewer = RawViewer(session["socket"])
        viewer.until(lambda: viewer.largest() == 20_000, "the count")
        service.told("pause", 200)
        service.tell("exec", to, "-at", gotop.home / "again")
        viewer.say(t="set", mode="off")
        viewer.say(t="set", mode="exact")
        again = Obedient(gotop.home / "again")
        wait_until(lambda: not alive(session["agent_pid"]), "the agent's leave")
        assert again.told("allocate", 300_000) == "300000"
        again.tell("exit", 5)
        out, err = process.communicate(timeout=240)
        assert process.returncode == 5, err
        report = json.loads(out)
        assert allocated(report) == 20_000
        assert report["totals"]["coverage"] == pytest.approx(1.0, abs=0.001)


def test_a_service_that_closes_all_descriptors_and_moves_away(gotop: Runner, home: Path) -> None:
    with obedient(gotop, "--json", "--interval", "50ms", flags=("-close",)) as (process, service):
        (home / "gone").mkdir()
        service.told("chdir", home / "gone")
        (home / "gone").rmdir()
        service.told("allocate", 20_000)
        service.tell("exit", 8)
        out, err = process.communicate(timeout=240)
        assert process.returncode == 8, err
        assert allocated(json.loads(out)) == 20_000


def test_an_agent_killed_under_a_service_without_descriptors(gotop: Runner) -> None:
    with obedient(gotop, "--no-ui", flags=("-close",)) as (process, service):
        service.told("allocate", 20_000)
        os.kill(gotop.session()["agent_pid"], signal.SIGKILL)
        service.told("allocate", 20_000)
        service.tell("exit", 2)
        assert process.wait(240) == 2


def test_a_service_with_many_children(gotop: Runner) -> None:
    with obedient(gotop, "--json") as (process, service):
        service.told("fork", 200)
        service.told("allocate", 20_000)
        service.tell("exit", 0)
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
        report = json.loads(out)
        assert allocated(report) == 20_000
        assert report["totals"]["allocs"] == report["totals"]["runtime_allocs"]


@pytest.mark.skipif(os.getuid() != 0, reason="needs root")
def test_a_service_that_drops_its_privileges(gotop: Runner, home: Path) -> None:
    home.chmod(0o777)
    with obedient(gotop, "--json", flags=("-user", NOBODY)) as (process, service):
        service.told("allocate", 20_000)
        service.tell("exit", 3)
        out, err = process.communicate(timeout=240)
        assert process.returncode == 3, err
        report = json.loads(out)
        assert allocated(report) == 20_000
        assert report["totals"]["coverage"] == 1.0


def test_a_service_that_ignores_sigterm_is_killed_after_the_grace(gotop: Runner) -> None:
    with obedient(gotop, "--json", "--grace", "700ms", flags=("-stubborn",)) as (process, service):
        service.told("allocate", 20_000)
        pid = gotop.session()["pid"]
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=240)
        assert time.monotonic() - asked >= 0.7
        assert process.returncode == 0, err
        assert not alive(pid)
        report = json.loads(out)
        assert allocated(report) == 20_000
        assert report["ending"]["signal"] == signal.SIGKILL
        assert report["ending"]["by_us"]


def test_a_service_that_was_asked_to_stop_ends_as_asked_without_its_agent(gotop: Runner) -> None:
    with obedient(gotop, "--json", "--grace", "200s", flags=("-linger",)) as (process, service):
        service.told("allocate", 20_000)
        agent = gotop.session()["agent_pid"]
        process.send_signal(signal.SIGINT)
        wait_until(lambda: service.told("caught") == "1", "the agent's SIGTERM")
        os.kill(agent, signal.SIGKILL)
        wait_until(lambda: not alive(agent), "the end of the agent")
        service.tell("exit", 3)
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
        assert json.loads(out)["ending"]["by_us"]
        assert "goes on" not in err


@pytest.mark.parametrize("front", ["--json", "--no-ui"])
def test_a_killed_service_is_reported_with_all_that_it_had_counted(gotop: Runner, front: str) -> None:
    with obedient(gotop, front, "--socket", gotop.home / "s") as (process, service):
        viewer = RawViewer(gotop.home / "s", interval_ms=2000)
        viewer.until(lambda: viewer.totals, "a first tick")
        service.told("allocate", 23_456)
        os.kill(gotop.session()["pid"], signal.SIGKILL)
        viewer.until(lambda: viewer.ended, "word of the end")
        assert viewer.ended and viewer.ended["signal"] == signal.SIGKILL
        assert viewer.largest() == 23_456
        out, err = process.communicate(timeout=240)
        assert process.returncode == 128 + signal.SIGKILL, err
        if front == "--json":
            assert allocated(json.loads(out)) == 23_456


def test_a_flood_on_both_outputs_loses_no_line(gotop: Runner) -> None:
    """Kept in files, with a viewer that reads them and one that does not read at all."""
    lines = 60_000
    chatty = toolchains.build("chatty", "1.26")
    with gotop.start("run", "--keep", "--json", "--socket", gotop.home / "s", chatty, "--", "-lines", lines) as process:
        wait_until((gotop.home / "s").is_socket, "a socket")
        viewer = RawViewer(gotop.home / "s", log=True)
        stalled = RawViewer(gotop.home / "s", log=True)
        viewer.until(lambda: viewer.ended, "the end", 60)
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
        expected = "".join(f"out {n} {'o' * 60}\n" for n in range(lines)) + f"out end {lines}\n"
        stalled.close()
        got = bytes(viewer.log[1]).decode()
        assert expected.endswith(got[-100_000:])
        assert len(got) + len(viewer.log[2]) + viewer.skipped == 2 * len(expected)
        del out
