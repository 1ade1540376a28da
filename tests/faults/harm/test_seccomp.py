"""Services that are confined by seccomp: what their filter forbids is not done in them, and they are not harmed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import Runner, command, wait_until
from tests.faults.harm.harmed import agents_of, binary, harmed

#: What is done in a service, as the service's filter names it: call, argument and its value, -1: any.
CALLS = {
    "memfd_create": "319:-1:0",
    "mmap of code": "9:2:5",
    "fcntl": "72:1:1030",
    "madvise": "28:2:16",
    "futex": "202:1:0",
}
FORBIDDING = ("kill", "kill-thread", "trap", "errno", "trace")


def cases() -> list[object]:
    """Each action with one call, and each call with one action; all others with --slow."""
    return [
        pytest.param(call, action, marks=() if call == "memfd_create" or action == "kill" else pytest.mark.slow)
        for call in CALLS
        for action in FORBIDDING
    ]


@pytest.mark.parametrize(("call", "action"), cases())
def test_what_a_filter_forbids_is_refused(gotop: Runner, home: Path, call: str, action: str) -> None:
    with harmed(home, "-seccomp", f"{CALLS[call]}:{action}") as service:
        refused = gotop.run("attach", service.pid, "--json", "--for", "1s")
        assert refused.returncode == 1, refused.stdout
        assert "has a seccomp filter that" in refused.stderr and "--sample-only" in refused.stderr
        assert call.split()[0] in refused.stderr
        wait_until(lambda: not agents_of(service.pid), "the agent's end", 20)
        service.unharmed()
        read = gotop.run("attach", service.pid, "--sample-only", "--json", "--for", "200ms")
        assert read.returncode == 0, read.stderr


@pytest.mark.parametrize("action", ["log", "allow"])
def test_what_a_filter_allows_is_done(gotop: Runner, home: Path, action: str) -> None:
    with harmed(home, "-seccomp", f"{CALLS['memfd_create']}:{action}") as service:
        joined = gotop.run("attach", service.pid, "--json", "--for", "500ms")
        assert joined.returncode == 0, joined.stderr
        service.unharmed()


def test_a_filter_of_one_thread_leaves_the_others(gotop: Runner, home: Path) -> None:
    with harmed(home, "-one-thread", "-threads", "3", "-seccomp", f"{CALLS['memfd_create']}:kill") as service:
        joined = gotop.run("attach", service.pid, "--json", "--for", "500ms")
        assert joined.returncode == 0, joined.stderr
        service.unharmed()


#: Where the tables say how long the exit hook waits (hookagent/table/layout.go HdrConfig + CfgExitFor).
EXIT_FOR = 0x40 + 0x78


def exit_wait_ns(pid: int) -> int:
    """How long the exit hook of a hooked service waits; 0: it makes no system call."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    tables = min(int(line.split("-")[0], 16) for line in lines if "gotop-tables" in line)
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        return int.from_bytes(os.pread(memory.fileno(), 8, tables + EXIT_FOR), "little")


@pytest.mark.parametrize("call", ["clock_gettime 228:-1:0", "futex 202:1:1", "futex 202:1:0"])
def test_a_filter_that_a_service_installs_later(gotop: Runner, home: Path, call: str) -> None:
    """The code that gotop has put into a service does nothing at its exit that may end it otherwise."""
    with harmed(home) as service, gotop.start("attach", service.pid, "--json") as joined:
        gotop.session()
        wait_until(lambda: "gotop-tables" in Path(f"/proc/{service.pid}/maps").read_text(), "the tables")
        assert exit_wait_ns(service.pid) > 0
        service.ask(f"confine {call.split()[1]}:kill")
        if call.startswith("futex"):
            wait_until(lambda: exit_wait_ns(service.pid) == 0, "an exit hook that makes no system call")
        assert service.process.stdin
        service.process.stdin.close()
        assert service.process.wait(60) == 0
        out, err = joined.communicate(timeout=60)
        assert joined.returncode == 0 and json.loads(out)["ending"], err


@pytest.mark.parametrize(
    ("action", "code", "words"),
    [
        ("0x7ffc0000", 0, ""),
        ("0x00050001", 1, "lets memfd_create fail"),
        ("0x80000000", 1, "ends a process for a system call"),
        ("0x00030000", 1, "ends a process for a system call"),
    ],
    ids=["log", "errno", "kill", "trap"],
)
def test_gotop_itself_is_confined(gotop: Runner, action: str, code: int, words: str) -> None:
    """As in a container: a service that it starts inherits its filter, which is tried out before."""
    order = command("run", "--json", "--for", "500ms", binary(), "--", "-ticking", "1")
    confined = [sys.executable, str(Path(__file__).with_name("confined.py")), "319", action, *order]
    ended = subprocess.run(
        confined, env=gotop.environment, cwd=gotop.home, capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == code, ended.stderr
    assert words in ended.stderr and "panic" not in ended.stderr and "Traceback" not in ended.stderr
