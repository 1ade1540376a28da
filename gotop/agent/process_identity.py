"""Which process a number stood for: its start time and PID namespace with it, since numbers are given again, and mean
other processes in a container.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_ENDED = ("Z", "X")
_STATE, _STARTED = 0, 19
"""Fields of /proc/PID/stat behind the name in parentheses, see proc(5): state is the 3rd of all, starttime the 22nd."""


@dataclass(frozen=True)
class Here:
    """Where process numbers hold: inode of the PID namespace (0: it cannot be told), and the kernel's boot."""

    pid_namespace: int
    boot: str


def here() -> Here:
    """The namespace and boot that this process lives in."""
    try:
        namespace = (PROC / "self/ns/pid").stat().st_ino
    except OSError:
        namespace = 0
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot = ""
    return Here(namespace, boot)


def start_time(pid: int) -> int | None:
    """When a living process of this namespace was started, in clock ticks since the boot.

    None: there is none, or it has ended and is only not waited for yet.
    """
    try:
        stat = (PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    fields = stat[stat.rfind(b")") + 1 :].split()
    if len(fields) <= _STARTED or fields[_STATE].decode() in _ENDED:
        return None
    return int(fields[_STARTED])


def start_times(*pids: int) -> dict[str, int]:
    """Start times by number of those that run, as JSON keeps them."""
    return {str(pid): time for pid in pids if pid > 0 and (time := start_time(pid)) is not None}


def is_running(pid: int, recorded: Mapping[str, int]) -> bool:
    """Whether the process of a record made by `start_times` still runs. Without /proc it may."""
    started = recorded.get(str(pid))
    if started is None:
        return False
    if not (PROC / "self").exists():
        return _exists(pid)
    return start_time(pid) == started


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
