"""Attaching while the service is busy with other things, while others attach as well, or where there is no room."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import resource
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Runner, wait_until
from tests.faults.obedient import LONG, Obedient, allocated, has_its_own_code, joined, obedient, serving
from tests.faults.processes import marked, untraced
from tests.faults.rawviewer import RawViewer
from tests.faults.test_viewers import fill, full_disk

NOBODY = 65534
STORM = (signal.SIGURG, signal.SIGPROF, signal.SIGUSR1, signal.SIGUSR2, 36, 40, 64)
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="needs root to be somebody else")


@contextlib.contextmanager
def storm(pid: int) -> Iterator[None]:
    """Signals of all kinds, two thousand a second at most."""
    over = threading.Event()

    def send() -> None:
        for number in itertools.cycle(STORM):
            if over.wait(0.0005):
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        over.set()
        sender.join()


def blocked(pid: int) -> set[str]:
    """The signal masks of a process's threads."""
    tasks = Path(f"/proc/{pid}/task").glob("*/status")
    return {line for status in tasks for line in status.read_text().splitlines() if line.startswith("SigBlk")}


def counted_by_an_attached_viewer(gotop: Runner, pid: int, service: Obedient) -> None:
    """Attach, let the service allocate, leave: all of it is counted, and the service has its own code again."""
    with gotop.start("attach", pid, "--json") as process:
        viewer = joined(gotop, process)
        viewer.until(lambda: viewer.totals, "a first tick", LONG)
        service.told("allocate", 3000)
        viewer.until(lambda: viewer.largest() == 3000, "the count", LONG)
        viewer.close()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LONG)
        assert process.returncode == 0, err
        assert allocated(json.loads(out)) == 3000
    wait_until(lambda: marked(gotop.home) == [pid], "the agent's leave", LONG)
    assert has_its_own_code(pid)


def test_a_storm_of_signals(gotop: Runner) -> None:
    """No signal harms, none is lost for good, and no thread's mask is another one in the end."""
    with serving(gotop, "-catch") as (process, service):
        before = blocked(process.pid)
        with storm(process.pid):
            for _ in range(2):
                counted_by_an_attached_viewer(gotop, process.pid, service)
        untraced(process.pid)
        assert blocked(process.pid) <= before | {"SigBlk:\t0000000000000000"}
        wait_until(lambda: int(service.told("caught")) > 0, "signals that were caught", LONG)
        caught = int(service.told("caught"))
        os.kill(process.pid, signal.SIGUSR1)
        wait_until(lambda: int(service.told("caught")) > caught, "one more", LONG)
        service.tell("exit", 5)
        assert process.wait(LONG) == 5


def test_two_attach_at_once(gotop: Runner) -> None:
    """One hooks the service. The other joins it, or is told that somebody else has it; neither harms it."""
    with serving(gotop) as (process, service):
        with (
            gotop.start("attach", process.pid, "--json", "--for", "2s") as one,
            gotop.start("attach", process.pid, "--json", "--for", "2s") as two,
        ):
            ends = [(p.communicate(timeout=LONG), p.returncode) for p in (one, two)]
        codes = sorted(code for _, code in ends)
        assert codes in ([0, 0], [0, 1]), ends
        for (out, err), code in ends:
            assert "Traceback" not in err
            if code:
                assert err.startswith("gotop: ") and str(process.pid) in err, err
            else:
                assert json.loads(out)["target"]["pid"] == process.pid
        wait_until(lambda: marked(gotop.home) == [process.pid], "the agents' leave", LONG)
        untraced(process.pid)
        assert has_its_own_code(process.pid)
        assert service.told("allocate", 10) == "1010"
        counted_by_an_attached_viewer(gotop, process.pid, service)
        service.tell("exit", 0)
        assert process.wait(LONG) == 0


@needs_root
def test_a_service_in_a_chroot_and_as_another_user(gotop: Runner, home: Path) -> None:
    """It goes there while it is monitored, and is attached to there."""
    jail = home / "jail"
    jail.mkdir(mode=0o755)
    home.chmod(0o755)
    with obedient(gotop, "--json") as (process, service):
        service.told("allocate", 1000)
        service.told("chroot", jail)
        service.told("become", NOBODY)
        service.told("allocate", 19_000)
        service.tell("exit", 3)
        out, err = process.communicate(timeout=LONG)
        assert process.returncode == 3, err
        report = json.loads(out)
        assert allocated(report) == 20_000
        assert report["totals"]["allocs"] == report["totals"]["runtime_allocs"]
    (home / "o").unlink(missing_ok=True)
    with serving(gotop) as (alone, service):
        service.told("chroot", jail)
        service.told("become", NOBODY)
        counted_by_an_attached_viewer(gotop, alone.pid, service)
        service.tell("exit", 0)
        assert alone.wait(LONG) == 0


def refused_for_want_of_room(gotop: Runner, pid: int, service: Obedient, said: str, **options: object) -> None:
    done = gotop.run("attach", pid, "--json", **options)
    assert done.returncode == 1, done.stdout
    assert done.stderr.startswith("gotop: ") and said in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    wait_until(lambda: marked(gotop.home) == [pid], "an end of the agent", LONG)
    untraced(pid)
    assert has_its_own_code(pid)
    service.told("allocate", 10)


def test_no_room_to_attach(gotop: Runner) -> None:
    """The service is not touched. Files may not grow at all here, which needs no file system of one's own."""
    with serving(gotop) as (process, service):
        refused_for_want_of_room(
            gotop, process.pid, service, "File too large",
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY)),
        )  # fmt: skip


def test_a_full_runtime_directory(gotop: Runner) -> None:
    disk = gotop.home / "disk"
    with serving(gotop) as (process, service):
        full_disk(disk, "64k")
        try:
            fill(disk / "filler")
            environment = {**gotop.environment, "TMPDIR": str(disk), "XDG_RUNTIME_DIR": str(disk)}
            refused_for_want_of_room(gotop, process.pid, service, "No space left", env=environment)
        finally:
            os.system(f"umount -l {disk}")


def test_a_recording_where_files_may_not_grow(gotop: Runner) -> None:
    """Half a page fits: the recording stops, is said to have stopped, and everything else goes on."""
    limit = 1 << 15
    with obedient(gotop, "--json", "--record", gotop.home / "kept", "--interval", "20ms") as (process, service):
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        wait_until(lambda: (gotop.home / "kept").stat().st_size > 0, "a recording", LONG)
        viewer = RawViewer(gotop.session()["socket"])
        viewer.until(lambda: viewer.totals, "a first tick", LONG)
        for turn in range(1, 150):
            service.told("allocate", 1000)
            service.told("pause", 20)
            if turn > 20 and (gotop.home / "kept").stat().st_size > limit - 4096:
                break
        service.told("pause", 500)
        viewer.until(lambda: viewer.largest() == turn * 1000, "the count", LONG)
        viewer.close()
        service.tell("exit", 5)
        out, err = process.communicate(timeout=LONG)
        assert process.returncode == 5, err
        report = json.loads(out)
        # The runtime allocates there, too, when it begins a collection.
        assert 0 <= allocated(report) - turn * 1000 < 100
        assert "Recording" in report["health"]["notice"]
        assert "Traceback" not in err
    again = json.loads(gotop.run("replay", gotop.home / "kept", "--json").stdout)
    assert again["totals"]["allocs"] > 0
