"""Viewers that die, stop reading, come and go, or find no room to write: nobody else may notice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from gotop.agent.recording import read
from tests.cli.running import Runner, command, wait_until
from tests.faults.obedient import allocated, binary, obedient
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


def full_disk(place: Path, size: str) -> None:
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700,nr_inodes=1000", "tmpfs", place], capture_output=True
    )
    if done.returncode:
        pytest.skip("cannot mount a small file system here")


def test_a_full_disk_under_a_recording(gotop: Runner) -> None:
    disk = gotop.home / "disk"
    full_disk(disk, "64k")
    try:
        with obedient(gotop, "--json", "--record", disk / "kept", "--interval", "20ms") as (process, service):
            session = gotop.session()
            viewer = RawViewer(session["socket"])
            wait_until(lambda: os.statvfs(disk).f_bavail == 0, "a full disk")
            service.told("allocate", EACH)
            service.told("pause", 1000)
            viewer.until(lambda: viewer.largest() == EACH, "the count")
            viewer.close()
            service.tell("exit", 5)
            out, err = process.communicate(timeout=240)
            assert process.returncode == 5, err
            report = json.loads(out)
            assert allocated(report) == EACH
            assert "Recording" in report["health"]["notice"]
            assert f"gotop: {report['health']['notice']}" in err
            assert "Traceback" not in err
        assert len(list(read(disk / "kept"))) > 1
        again = json.loads(gotop.run("replay", disk / "kept", "--json").stdout)
        assert again["totals"]["allocs"] > 0
    finally:
        subprocess.run(["umount", "-l", disk], check=False)


def test_a_full_disk_under_the_services_output(gotop: Runner) -> None:
    """The service hears of it as it would without gotop; nothing else is harmed."""
    disk = gotop.home / "disk"
    full_disk(disk, "1m")
    gotop.environment["XDG_RUNTIME_DIR"] = str(disk)
    try:
        with obedient(gotop, "--keep", "--json", "--socket", gotop.home / "s") as (process, service):
            service.tell("say", 1_000_000)
            viewer = RawViewer(gotop.home / "s")
            wait_until(lambda: os.statvfs(disk).f_bavail == 0, "a full disk")
            service._answers.readline()
            service.told("allocate", EACH)
            viewer.until(lambda: viewer.largest() >= EACH, "the count")
            viewer.close()
            service.tell("exit", 5)
            out, err = process.communicate(timeout=240)
            assert process.returncode == 5, err
            assert "Traceback" not in err
            assert allocated(json.loads(out)) == EACH
    finally:
        subprocess.run(["umount", "-l", disk], check=False)


def fill(path: Path) -> None:
    """Until nothing more fits."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(file, bytes(4096))
    except OSError:
        os.close(file)


@pytest.mark.parametrize("what", ["0", "16k"])
def test_no_room_for_a_session(gotop: Runner, what: str) -> None:
    """Nothing is started, and the reason is said in a sentence."""
    disk = gotop.home / "disk"
    full_disk(disk, "64k")
    (disk / f"gotop-{os.getuid()}").mkdir(mode=0o700)
    try:
        fill(disk / "filler")
        if what != "0":
            os.truncate(disk / "filler", 32768)
        environment = {**gotop.environment, "XDG_RUNTIME_DIR": str(disk)}
        done = gotop.run("run", "--json", binary(), "--", "-at", gotop.home / "a", env=environment, timeout=240)
        assert done.returncode == 1
        assert done.stderr.startswith("gotop: "), done.stderr
        assert "Traceback" not in done.stderr
        assert "No space left" in done.stderr
        assert list((disk / f"gotop-{os.getuid()}").iterdir()) == []
    finally:
        subprocess.run(["umount", "-l", disk], check=False)
