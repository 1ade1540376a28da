"""Memory cgroups of a test's own, of either version, and what processes take."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

#: Where memory cgroups are: of version 1, or of version 2.
FIRST, SECOND = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")


class MemoryGroup:
    """A memory cgroup. Needs root."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._first = directory.is_relative_to(FIRST)

    def limit(self, size: int) -> None:
        """Set the limit, in bytes."""
        (self._directory / ("memory.limit_in_bytes" if self._first else "memory.max")).write_text(str(size))

    def usage(self) -> int:
        """Bytes that are charged."""
        return int((self._directory / ("memory.usage_in_bytes" if self._first else "memory.current")).read_text())

    def kills(self) -> int:
        """How many processes were killed for want of memory."""
        text = (self._directory / ("memory.oom_control" if self._first else "memory.events")).read_text()
        return int(re.findall(r"^oom_kill (\d+)", text, re.MULTILINE)[0])

    def enter(self) -> None:
        """Move this process into it: for `preexec_fn`."""
        (self._directory / "cgroup.procs").write_text(str(os.getpid()))

    def leave(self) -> None:
        """Move whoever is left out of it."""
        for pid in (self._directory / "cgroup.procs").read_text().split():
            with contextlib.suppress(OSError):
                (self._directory.parent / "cgroup.procs").write_text(pid)


@contextlib.contextmanager
def memory_group(size: int) -> Iterator[MemoryGroup]:
    """A new memory cgroup with a limit."""
    root = FIRST if FIRST.is_dir() else SECOND
    if root == SECOND:
        (root / "cgroup.subtree_control").write_text("+memory")
    directory = root / f"gotop-test-{os.getpid()}-{time.monotonic_ns()}"
    directory.mkdir()
    group = MemoryGroup(directory)
    try:
        group.limit(size)
        yield group
    finally:
        group.leave()
        directory.rmdir()


def status(pid: int, name: str) -> int:
    """A figure of /proc/PID/status in bytes: VmSize, VmRSS, VmLck."""
    return int(re.findall(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[0]) * 1024


def taken_of(pid: int) -> tuple[int, int]:
    """How many mappings and descriptors of tables a process has."""
    tables = Path(f"/proc/{pid}/maps").read_text().count("gotop-tables")
    links = [link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir()]
    return tables, sum("gotop-tables" in str(link) for link in links)


def limited(**limits: int) -> Callable[[], None]:
    """For `preexec_fn`: soft limits of the process, such as `AS=2_000_000_000`."""

    def apply() -> None:
        import resource

        for name, value in limits.items():
            number = getattr(resource, f"RLIMIT_{name}")
            resource.setrlimit(number, (value, resource.getrlimit(number)[1]))

    return apply


def set_limit(pid: int, name: str, value: int) -> None:
    """Change a soft limit of a running process."""
    subprocess.run(["prlimit", f"--pid={pid}", f"--{name}={value}:"], check=True)
