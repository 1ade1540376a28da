"""No room on a disk: for a recording, the service's output, a session, a build. A sentence says so, and that is all."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gotop.agent.recording import read_recording
from tests.cli.running import Runner, wait_until
from tests.faults.obedient import Obedient, allocated, binary, has_its_own_code, obedient, serving
from tests.faults.rawviewer import RawViewer
from tests.faults.test_refusals import refused

EACH = 10_000
SESSIONS = f"gotop-{os.getuid()}"
"""Where sessions are in the runtime directory."""
WHOLE, FREE = 65536, 20480
"""Bytes of a small disk, and such as are enough for a directory and too few for a plan."""


@contextlib.contextmanager
def small_disk(gotop: Runner, size: int, inodes: int = 1000, at: str = "disk") -> Iterator[Path]:
    """A file system of so many bytes, and files with the root directory."""
    place = gotop.home / at
    place.mkdir(exist_ok=True)
    options = f"size={size},mode=700,nr_inodes={inodes}"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True).returncode:
        pytest.skip("cannot mount a small file system here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=False)


def fill(path: Path) -> None:
    """Until nothing more fits."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(file, bytes(4096))
    except OSError:
        os.close(file)


def test_under_a_recording(gotop: Runner) -> None:
    with small_disk(gotop, WHOLE) as disk:
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
        assert len(list(read_recording(disk / "kept"))) > 1
        again = json.loads(gotop.run("replay", disk / "kept", "--json").stdout)
        assert again["totals"]["allocs"] > 0


def test_under_the_services_output(gotop: Runner) -> None:
    """The service hears of it as it would without gotop; nothing else is harmed."""
    keeping = ("--keep", "--json", "--socket", gotop.home / "s")
    with small_disk(gotop, 1 << 20, at=SESSIONS) as disk, obedient(gotop, *keeping) as (process, service):
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


@pytest.mark.parametrize("free", [0, FREE])
def test_no_room_for_a_session(gotop: Runner, free: int) -> None:
    """Nothing is started, a service that runs is not touched, and the reason is said in a sentence."""
    with serving(gotop) as (process, service), small_disk(gotop, WHOLE, at=SESSIONS) as disk:
        fill(disk / "filler")
        if free:
            os.truncate(disk / "filler", WHOLE - free)
        for words in (
            ("run", "--json", binary(), "--", "-at", gotop.home / "a"),
            ("attach", process.pid, "--json"),
            ("attach", process.pid, "--sample-only", "--json"),
        ):
            refused(gotop.run(*words), "plan.json", "No space left")
            assert gotop.leftovers() == [disk / "filler"]
        assert not (gotop.home / "a").exists()
        assert has_its_own_code(process.pid)
        service.told("allocate", EACH)


@pytest.mark.parametrize("command", ["run", "attach"])
def test_no_room_for_one_of_the_files(gotop: Runner, command: str) -> None:
    """Directories, plan, log, socket, output: whichever is the first without an inode."""
    with serving(gotop) as (process, service):
        run = ("run", "--keep", "--json", binary(), "--", "-nonsense")
        words = run if command == "run" else ("attach", process.pid, "--json", "--for", "100ms")
        missing = []
        for inodes in itertools.count(1):
            with small_disk(gotop, 1 << 20, inodes, at=SESSIONS) as disk:
                done = gotop.run(*words)
                if "o space left" not in done.stderr:
                    break
                refused(done)
                missing.append(next(Path(word.rstrip(":")).name for word in done.stderr.split() if str(disk) in word))
                assert gotop.leftovers() == []
                assert has_its_own_code(process.pid)
        output = ["stdout.log", "stderr.log"] if command == "run" else []
        # Twice the plan: the record of who makes the session comes first, and is done without where there is no room.
        assert missing[1:] == ["plan.json", "plan.json", "agent.log", "agent.sock", *output], missing
        assert (done.returncode, json.loads(done.stdout)["ending"] is None) == ((2, False) if output else (0, True))
        service.told("allocate", EACH)


def test_a_service_that_is_kept_where_there_is_no_room_for_the_record(gotop: Runner) -> None:
    """It runs on, it is said where it is found, and there it stays."""
    with small_disk(gotop, 1 << 20, inodes=8, at=SESSIONS):
        done = gotop.run("run", "--keep", "--json", "--for", "500ms", binary(), "--", "-at", gotop.home / "a")
        assert done.returncode == 0, done.stderr
        service = Obedient(gotop.home / "a")
        socket = next(line.split()[-1] for line in done.stderr.splitlines() if "gotop attach" in line)
        assert Path(socket).parent in gotop.leftovers() and [found["pid"] for found in gotop.sessions()] == [0]
        for _ in range(2):  # each looks for what others have left
            again = gotop.run("attach", socket, "--json", "--for", "100ms")
            assert json.loads(again.stdout)["target"]["mode"] == "exact", again.stderr
        service.tell("exit", 0)
        service.close()


def test_no_room_for_what_is_built(gotop: Runner) -> None:
    """The compiler says so, as it would without gotop."""
    source = gotop.home / "main.go"
    source.write_text("package main\n\nfunc main() {}\n")
    with small_disk(gotop, WHOLE) as disk:
        done = gotop.run("run", "--json", source, env={**gotop.environment, "TMPDIR": str(disk)})
        assert done.returncode == 1
        assert "no space left on device" in done.stderr
        assert "Traceback" not in done.stderr and done.stdout == ""
        assert list(disk.glob("*/*")) == []


def test_no_room_for_the_agent_itself(gotop: Runner) -> None:
    """In a checkout it is built into the cache."""
    with small_disk(gotop, WHOLE, inodes=2) as disk:
        environment = {**gotop.environment, "XDG_CACHE_HOME": str(disk)}
        refused(gotop.run("run", "--json", binary(), env=environment), str(disk / "gotop" / "agent"), "No space left")
