"""A service stands still for a moment only: with many threads, and with some that cannot be stopped."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Runner, wait_until
from tests.faults.harm.harmed import agents_of, harmed

#: A service that cannot be stopped is not kept waiting: milliseconds, with what a busy machine adds.
STUCK_MS = 200.0


@pytest.mark.parametrize("threads", [0, 5000])
def test_many_threads(gotop: Runner, home: Path, threads: int) -> None:
    """How long it stands still is measured by `python -m tests.bench.standstill`."""
    with harmed(home, "-threads", threads) as service:
        before = len(service.states())
        assert before > threads
        joined = gotop.run("attach", service.pid, "--json", "--for", "200ms")
        assert joined.returncode == 0, joined.stderr
        wait_until(lambda: not agents_of(service.pid), "the agent's leave")
        service.unharmed()
        assert len(service.states()) >= before


def test_threads_that_come_and_go(gotop: Runner, home: Path) -> None:
    with harmed(home) as service:
        service.ask("storm on")
        for _ in range(3):
            joined = gotop.run("attach", service.pid, "--json", "--for", "200ms")
            assert joined.returncode == 0 or "does not stop" in joined.stderr, joined.stderr
        service.ask("storm off")
        service.unharmed()


@contextlib.contextmanager
def slow_to_start(home: Path) -> Iterator[Path]:
    """A program whose execve waits, and with it the thread that has called vfork: a lease on its file is held."""
    program = home / "slow"
    shutil.copy("/bin/true", program)
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)
    lease = os.open(program, os.O_RDWR)
    fcntl.fcntl(lease, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    try:
        yield program
    finally:
        os.close(lease)
        signal.signal(signal.SIGIO, before)


def test_a_thread_that_cannot_be_stopped(gotop: Runner, home: Path) -> None:
    """The parent of a vfork waits uninterruptibly. Nobody else waits with it; when it goes on, it is attached to."""
    with harmed(home) as service:
        with slow_to_start(home) as program:
            service.ask(f"exec {program}")
            wait_until(lambda: "D" in service.states(), "a thread in state D", 20)
            service.longest_gap_ms()
            begin = time.monotonic()
            refused = gotop.run("attach", service.pid, "--json", "--for", "1s")
            assert time.monotonic() - begin < 20
            assert refused.returncode == 1, refused.stdout
            assert "does not stop: it waits uninterruptibly" in refused.stderr
            assert f"process {service.pid}" in refused.stderr
            assert service.longest_gap_ms() < STUCK_MS
        wait_until(lambda: "D" not in service.states(), "threads that can be stopped")
        service.unharmed()
        joined = gotop.run("attach", service.pid, "--json", "--for", "200ms")
        assert joined.returncode == 0, joined.stderr
        service.unharmed()


def freezers() -> list[tuple[str, str, str, str]]:
    """A name, where its groups are, the file that freezes, and the words for it: of version 1 and 2, where they are."""
    places = []
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, options = line.split()[:4]
        if kind == "cgroup" and "freezer" in options.split(","):
            places.append((place, "freezer.state", "FROZEN", "THAWED"))
        elif kind == "cgroup2":
            places.append((place, "cgroup.freeze", "1", "0"))
    return places


@pytest.mark.skipif(os.geteuid() != 0, reason="cgroups are root's")
@pytest.mark.parametrize("place", freezers(), ids=lambda place: place[1])
def test_a_frozen_service(gotop: Runner, home: Path, place: tuple[str, str, str, str]) -> None:
    root, file, freeze, thaw = place
    group = Path(root, home.name)
    group.mkdir()
    try:
        with harmed(home) as service:
            (group / "cgroup.procs").write_text(str(service.pid))
            (group / file).write_text(freeze)
            try:
                refused = gotop.run("attach", service.pid, "--json", "--for", "1s")
                assert refused.returncode == 1, refused.stdout
                assert "is frozen" in refused.stderr
                wait_until(lambda: not agents_of(service.pid), "the agent's end", 20)
            finally:
                (group / file).write_text(thaw)
            service.unharmed()
            joined = gotop.run("attach", service.pid, "--json", "--for", "500ms")
            assert joined.returncode == 0, joined.stderr
            service.unharmed()
    finally:
        wait_until(lambda: not (group / "cgroup.procs").read_text().split(), "an empty group")
        group.rmdir()


def test_a_service_stopped_by_job_control(gotop: Runner, home: Path) -> None:
    """It stays stopped, and goes on when it is told to."""
    with harmed(home) as service:
        service.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: set(service.states()) == {"T"}, "a stopped service")
        joined = gotop.run("attach", service.pid, "--json", "--for", "500ms")
        assert joined.returncode in (0, 1), joined.stderr
        assert "Traceback" not in joined.stderr
        wait_until(lambda: not agents_of(service.pid), "the agent's leave")
        assert set(service.states()) == {"T"}
        service.process.send_signal(signal.SIGCONT)
        service.unharmed()


def test_a_thread_that_blocks_all_signals(gotop: Runner, home: Path) -> None:
    """It is not taken for one in a signal handler, which may go on anywhere: what gotop had mapped is taken out."""
    with harmed(home) as service:
        service.ask("block")
        joined = gotop.run("attach", service.pid, "--json", "--for", "200ms")
        assert joined.returncode == 0, joined.stderr
        service.unharmed()


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_another_tracer(gotop: Runner, home: Path) -> None:
    with (
        harmed(home) as service,
        subprocess.Popen(
            ["strace", "-f", "-p", str(service.pid), "-e", "trace=none", "-o", "/dev/null"], stderr=subprocess.DEVNULL
        ) as strace,
    ):
        wait_until(lambda: "TracerPid:\t0" not in Path(f"/proc/{service.pid}/status").read_text(), "a tracer")
        refused = gotop.run("attach", service.pid, "--json", "--for", "1s")
        assert refused.returncode == 1 and "is traced by process" in refused.stderr, refused
        strace.terminate()
        strace.wait()
        service.unharmed()
