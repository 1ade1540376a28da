"""Viewers that die, stop reading or come and go: nobody else may notice."""

from __future__ import annotations

import json
import signal
import subprocess

from tests.cli.running import Runner, command
from tests.faults.obedient import allocated, obedient
from tests.faults.processes import resident
from tests.faults.rawviewer import RawViewer

EACH = 10_000


def test_viewers_that_are_killed(gotop: Runner) -> None:
    with obedient(gotop, "--no-ui", "--socket", gotop.home / "s") as (process, service):
        service.told("allocate", EACH)
        watching = RawViewer(gotop.home / "s")
        for turn in range(2, 5):
            viewer = subprocess.Popen(
                command("attach", gotop.home / "s", "--json"), env=gotop.environment, stdout=subprocess.DEVNULL
            )
            watching.until(lambda: watching.viewers == 3, "another viewer beside gotop run and this")
            service.told("allocate", EACH)
            viewer.kill()
            viewer.wait()
            watching.until(lambda: watching.viewers == 2, "the other viewer's leave")
            service.told("allocate", 0)
            watching.until(lambda turn=turn: watching.largest() == turn * EACH, "the count")
        service.tell("exit", 0)
        assert process.wait(240) == 0


def test_a_viewer_that_stops_reading_holds_nobody_up(gotop: Runner) -> None:
    with obedient(gotop, "--no-ui", "--socket", gotop.home / "s") as (process, service):
        agent = gotop.session()["agent_pid"]
        stopped = RawViewer(gotop.home / "s", interval_ms=20, log=True)
        stopped.until(lambda: stopped.totals, "a first tick")
        reading = RawViewer(gotop.home / "s", interval_ms=20)
        before = resident(agent)
        for turn in range(1, 31):
            service.told("allocate", EACH)
            reading.until(lambda turn=turn: reading.largest() == turn * EACH, f"turn {turn}'s count")
        assert resident(agent) < before + (32 << 20)
        stopped.until(lambda: stopped.largest() == 30 * EACH, "all counts, late")
        service.tell("exit", 0)
        for viewer in (stopped, reading):
            viewer.until(lambda viewer=viewer: viewer.ended, "the end")
        assert process.wait(240) == 0


def test_gotop_itself_stopped_by_sigstop(gotop: Runner) -> None:
    """The service's parent's parent stands still: the service does not, and its report is whole in the end."""
    with obedient(gotop, "--json", "--socket", gotop.home / "s") as (process, service):
        service.told("allocate", EACH)
        process.send_signal(signal.SIGSTOP)
        other = RawViewer(gotop.home / "s")
        service.told("allocate", EACH)
        other.until(lambda: other.largest() == 2 * EACH, "the count for another viewer")
        service.tell("exit", 3)
        other.until(lambda: other.ended, "the end")
        other.close()
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=240)
        assert process.returncode == 3, err
        assert allocated(json.loads(out)) == 2 * EACH


def test_viewers_join_and_leave_at_any_time_and_agree(gotop: Runner) -> None:
    with obedient(gotop, "--no-ui", "--socket", gotop.home / "s") as (process, service):
        first = RawViewer(gotop.home / "s")
        viewers = [first]
        for turn in range(1, 13):
            service.told("allocate", EACH)
            viewers.append(RawViewer(gotop.home / "s", interval_ms=20 + 40 * (turn % 4)))
            if turn % 3 == 0:
                viewers.pop(1).close()
            for viewer in viewers[::2]:
                viewer.until(lambda viewer=viewer, turn=turn: viewer.largest() == turn * EACH, "the count")
        service.tell("exit", 0)
        for viewer in viewers:
            viewer.until(lambda viewer=viewer: viewer.ended, "the end")
        counts = {(viewer.totals["allocs"], viewer.totals["bytes"], sum(viewer.counts.values())) for viewer in viewers}
        assert len(counts) == 1
        assert process.wait(240) == 0
