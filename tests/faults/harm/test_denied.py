"""gotop is denied what it needs: one sentence says what and what to do, and the service is as it was."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import Runner, command, wait_until
from tests.faults.harm.harmed import Harmed, agents_of, binary, harmed
from tests.faults.harm.ordinary_user import ROOT, OrdinaryUser
from tests.faults.memory_limits import limited

CONFINED = Path(__file__).with_name("confined.py")
EPERM, ENOSYS = 1, 38
CALLS = {"process_vm_readv": 310, "ptrace": 101}
needs_root = pytest.mark.skipif(not ROOT, reason="capabilities and mounts are root's")


def explained(done: subprocess.CompletedProcess[str], *said: str) -> None:
    """It was refused for people."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("gotop: "), done.stderr
    for mistake in ("Traceback", "panic", "goroutine ", "mistake in gotop", "SIGSYS"):
        assert mistake not in done.stderr, done.stderr
    for text in said:
        assert text in done.stderr, done.stderr


def left(service: Harmed) -> None:
    """No agent is there, and the service is as it was."""
    wait_until(lambda: not agents_of(service.pid), "the agent's end")
    service.unharmed()


def gotop_within(gotop: Runner, prefix: list[str], *arguments: object) -> subprocess.CompletedProcess[str]:
    """gotop, started by another program."""
    return subprocess.run(
        [*prefix, *command(*arguments)], env=gotop.environment, cwd=gotop.home, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("errno", [EPERM, ENOSYS], ids=["EPERM", "ENOSYS"])
def test_a_filter_on_gotop(gotop: Runner, home: Path, call: str, errno: int) -> None:
    prefix = [sys.executable, str(CONFINED), str(CALLS[call]), hex(0x00050000 | errno)]
    advice = "sandbox" if errno == ENOSYS else "seccomp filter"
    with harmed(home) as service:
        explained(gotop_within(gotop, prefix, "attach", service.pid, "--json"), "no permission for", advice)
        left(service)
        sampled = gotop_within(gotop, prefix, "attach", service.pid, "--sample-only", "--json", "--for", "200ms")
        if call == "ptrace":  # which it does without
            assert sampled.returncode == 0, sampled.stderr
        else:
            explained(sampled, "no permission for", call, advice)
        left(service)
    explained(gotop_within(gotop, prefix, "run", "--json", binary()), "no permission for", advice)


@needs_root
def test_root_without_the_capability_to_trace(gotop: Runner, home: Path) -> None:
    prefix = ["setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace"]
    with harmed(home) as service:
        for order in (("attach", service.pid, "--json"), ("detach", service.pid)):
            explained(gotop_within(gotop, prefix, *order), "CAP_SYS_PTRACE", str(service.pid))
        left(service)
    started = gotop_within(gotop, prefix, "run", "--json", "--for", "200ms", binary())
    assert started.returncode == 0, started.stderr  # one's own child may be traced


@needs_root
def test_no_proc(gotop: Runner, home: Path) -> None:
    prefix = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "-"]
    with harmed(home) as service:
        orders = (("attach", service.pid), ("attach", service.pid, "--sample-only", "--json"), ("detach", service.pid))
        for order in (*orders, ("ps",), ("run", "--json", binary())):
            explained(gotop_within(gotop, prefix, *order), "There is no /proc here", "mount -t proc")
        left(service)


@pytest.mark.parametrize("megabytes", [200, 1000])
def test_a_limit_of_address_space(gotop: Runner, home: Path, megabytes: int) -> None:
    space = limited(AS=megabytes << 20)
    with harmed(home) as service:
        explained(gotop.run("attach", service.pid, "--json", preexec_fn=space), "ulimit -v", f"{megabytes} MB")
        left(service)
    explained(gotop.run("run", "--json", binary(), preexec_fn=space), "ulimit -v", f"{megabytes} MB")


def threads_of(uid: int) -> int:
    """How many threads a user has."""
    count = 0
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if place.stat().st_uid == uid:
                count += len([*(place / "task").iterdir()])
        except OSError:
            continue
    return count


def processes(most: int) -> Callable[[], None]:
    """For `preexec_fn`: a limit of processes and threads."""
    return lambda: resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


@needs_root
def test_a_limit_of_processes(gotop: Runner, home: Path) -> None:
    own = 100_000 + os.getpid()  # what others start at the same time is not counted
    user = OrdinaryUser(gotop, own)
    with harmed(home, "-threads", "10", program=user.program, preexec_fn=user.become, env=user.environment) as service:
        most = threads_of(own) + 4
        for order in (("attach", service.pid, "--json"), ("run", "--json", user.program)):
            explained(user.run(*order, preexec_fn=processes(most)), "ulimit -u", str(most))
        left(service)


@pytest.mark.parametrize("kind", ["fifo", "device", "directory"])
def test_a_configuration_that_is_no_file(gotop: Runner, home: Path, kind: str) -> None:
    """It is as good as none, and said to be."""
    place = home / "configuration" / "gotop"
    place.mkdir(parents=True)
    file = place / "config.toml"
    if kind == "fifo":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    else:
        file.mkdir()
    gotop.environment["XDG_CONFIG_HOME"] = str(place.parent)
    with harmed(home) as service:
        joined = gotop.run("attach", service.pid, "--json", "--for", "200ms")
        assert joined.returncode == 0, joined.stderr
        assert "Traceback" not in joined.stderr
        left(service)


def test_memory_that_must_be_locked(gotop: Runner, home: Path) -> None:
    """A service that locks what it maps, and may lock little: the tables would not fit, and nothing of them stays."""
    user = OrdinaryUser(gotop)
    with harmed(home, program=user.program, preexec_fn=user.become, env=user.environment) as service:
        assert service.ask("lock-future") == "<nil>"
        explained(user.run("attach", service.pid, "--json"), "ulimit -v and -l")
        left(service)
