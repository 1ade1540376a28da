"""Services that are confined by seccomp: what their filter forbids is not done in them, and they are not harmed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Runner
from tests.faults.harm.harmed import agents_of, harmed

#: What is done in a service, as the service's filter names it: call, argument and its value, -1: any.
CALLS = {
    "memfd_create": "319:-1:0",
    "mmap of code": "9:2:5",
    "fcntl": "72:1:1030",
    "madvise": "28:2:16",
    "clock_gettime": "228:-1:0",
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
        assert not agents_of(service.pid)
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
