"""The Go processes that run on this machine, as far as this user may look at them.

All processes are asked for one thing, which file they run; everything else is read of Go programs only. A process that
ends meanwhile, or belongs to others, is left out without a word.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from gotop.agent.containers import Container, container_of
from gotop.agent.session_store import attachable_sessions, sessions_being_left
from gotop.golang.identify import go_version_of

AGENT = "hookagent"  # also those of other users' sessions


@dataclass(frozen=True)
class GoProcess:
    """A running Go program; `go_version` is "" where it does not tell. `socket`: of the session that monitors it;
    `args`: without the name;
    `leaving`: why an agent of this user's has not been able to take its hooks out of it yet, "" if none tries.
    """

    pid: int
    user: str
    go_version: str
    rss: int
    uptime_s: float
    exe: str
    socket: Path | None = None
    leaving: str = ""
    args: tuple[str, ...] = ()
    container: Container | None = None


def arguments_of(pid: int) -> tuple[str, ...]:
    """Return the arguments of a process, without its name; none where they cannot be read."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1:-1]
    except OSError:
        return ()
    return tuple(os.fsdecode(word) for word in words)


def go_processes() -> list[GoProcess]:
    """Those that can be looked at, by PID. gotop's own agents are not among them."""
    # A process may have two sessions: the later in this order, the one that hooks it, counts.
    here = [session for session in attachable_sessions() if session.is_here]
    by_interest = sorted(here, key=lambda session: not session.sample_only)
    monitored = {session.pid: session.socket for session in by_interest}
    left = sessions_being_left()
    agents = {session.agent_pid for session in by_interest}
    found = []
    for pid, version in _running_go_programs(skip=agents):
        process = _describe(pid, version, monitored.get(pid), left.get(pid, ""))
        if process is not None and Path(process.exe).name != AGENT:
            found.append(process)
    return found


def go_libraries_of(pid: int) -> dict[str, str]:
    """Return the Go version of each shared library built by Go (c-shared) that a process has mapped, by the library's
    path; "" where it does not tell. Those that were deleted, or cannot be read, are left out.
    """
    try:
        maps = Path(f"/proc/{pid}/maps").read_bytes()
    except OSError:
        return {}
    # address, permissions, offset, device, inode, and the path, which may have spaces in it
    lines = (line.split(None, 5) for line in maps.splitlines())
    paths = {os.fsdecode(fields[5]) for fields in lines if len(fields) == 6 and b"x" in fields[1]}
    # A process in a container has a root directory of its own.
    versions = {path: go_version_of(f"/proc/{pid}/root{path}") for path in sorted(paths) if path.startswith("/")}
    return {path: version for path, version in versions.items() if version is not None}


def _running_go_programs(skip: set[int]) -> Iterator[tuple[int, str]]:
    """PID and Go version of every Go program that runs; each file is looked at once."""
    versions: dict[tuple[int, int], str | None] = {}
    for pid in sorted(psutil.pids()):
        link = f"/proc/{pid}/exe"
        try:
            file = os.stat(link)  # noqa: PTH116 (for every process)
        except OSError:
            continue  # a kernel thread, somebody else's, or gone
        key = (file.st_dev, file.st_ino)
        if key not in versions:
            versions[key] = go_version_of(link)
        version = versions[key]
        if version is not None and pid not in skip:
            yield pid, version


def _describe(pid: int, version: str, socket: Path | None, leaving: str) -> GoProcess | None:
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            uptime = max(0.0, time.time() - process.create_time())
            rss, user = process.memory_info().rss, process.username()
        exe = str(Path(f"/proc/{pid}/exe").readlink())
        return GoProcess(pid, user, version, rss, uptime, exe, socket, leaving, arguments_of(pid), container_of(pid))
    except (psutil.Error, OSError):
        return None
