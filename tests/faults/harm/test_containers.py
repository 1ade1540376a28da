"""Services and gotop itself in what a container runtime makes: namespaces, less capabilities, a seccomp profile.

The profile is Docker's default as its documentation describes it ("Significant syscalls blocked by the default
profile"), which containerd's follows: the calls below fail with EPERM. ptrace and process_vm_readv are allowed from
Linux 4.8 on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import Runner, command
from tests.faults.harm.harmed import binary, harmed

#: Numbers of the calls on x86-64; clone with CLONE_NEW… flags and personality are left out: a Go runtime makes neither.
BLOCKED = {
    "acct": 163, "add_key": 248, "bpf": 321, "clock_adjtime": 305, "clock_settime": 227, "create_module": 174,
    "delete_module": 176, "finit_module": 313, "get_kernel_syms": 177, "get_mempolicy": 239, "init_module": 175,
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "ioperm": 173, "iopl": 172, "kcmp": 312,
    "kexec_file_load": 320, "kexec_load": 246, "keyctl": 250, "lookup_dcookie": 212, "mbind": 237, "mount": 165,
    "move_pages": 279, "nfsservctl": 180, "open_by_handle_at": 304, "perf_event_open": 298, "pivot_root": 155,
    "query_module": 178, "quotactl": 179, "reboot": 169, "request_key": 249, "set_mempolicy": 238, "setns": 308,
    "settimeofday": 164, "swapon": 167, "swapoff": 168, "sysfs": 139, "_sysctl": 156, "umount2": 166, "unshare": 272,
    "uselib": 134, "userfaultfd": 323, "ustat": 136,
}  # fmt: skip
EPERM = "0x00050001"
#: The capabilities that Docker leaves to a container's root.
LEFT = [
    "chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service", "net_raw",
    "sys_chroot", "mknod", "audit_write",
]  # fmt: skip
CONFINED = [
    "setpriv", "--bounding-set", ",".join(["-all", *(f"+{left}" for left in LEFT)]),
    sys.executable, str(Path(__file__).with_name("confined.py")), ",".join(map(str, BLOCKED.values())), EPERM,
]  # fmt: skip
NAMESPACES = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--uts", "--ipc"]

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="needs root to make namespaces")


def contained(gotop: Runner, *order: str) -> subprocess.CompletedProcess[str]:
    """A command in a container, to its end."""
    return subprocess.run(
        [*NAMESPACES, *CONFINED, *order],
        env=gotop.environment, cwd=gotop.home, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip


def counted(ended: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """The report of a service of which everything was counted."""
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr and "panic" not in ended.stderr
    report: dict[str, dict[str, object]] = json.loads(ended.stdout)
    assert report["totals"]["allocs"]
    assert report["totals"]["coverage"] in (None, 1.0) or report["partial"], report["totals"]
    return report


def test_gotop_in_the_container_starts_a_service(gotop: Runner) -> None:
    counted(contained(gotop, *command("run", "--json", "--for", "1s", binary(), "--", "-ticking", "1")))


@pytest.mark.parametrize("options", [[], ["--sample-only"]], ids=["hooks", "sample-only"])
def test_a_sidecar_that_shares_the_pid_namespace(gotop: Runner, home: Path, options: list[str]) -> None:
    """Only root outside may read the service's filter, so hooks are refused there, and what to do instead works."""
    attach = " ".join(command("attach", "$!", *options, "--json", "--for", "1s"))
    ready = f"while ! grep -q ready {home}/out; do sleep 0.05; done"
    ended = contained(gotop, "/bin/sh", "-c", f"sleep 600 | {binary()} >{home}/out & {ready}; exec {attach}")
    if options:
        assert ended.returncode == 0, ended.stderr
        assert json.loads(ended.stdout)["totals"]["allocs"]
    else:
        assert ended.returncode == 1
        assert "nothing was touched" in ended.stderr and "--sample-only" in ended.stderr, ended.stderr


def test_from_the_host_a_contained_service_is_attached_to_and_left_as_it_was(gotop: Runner, home: Path) -> None:
    with harmed(home, inside=[*NAMESPACES, *CONFINED]) as service:
        counted(gotop.run("attach", service.pid, "--json", "--for", "1s"))
        service.unharmed()
