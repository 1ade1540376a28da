"""Finding what a test has started, in whatever process group or session it is."""

from __future__ import annotations

import contextlib
from pathlib import Path

from tests.cli.running import alive, wait_until


def marked(home: Path) -> list[int]:
    """Living processes with `home` as their runtime directory in their environment."""
    mark = f"XDG_RUNTIME_DIR={home}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (place / "environ").read_bytes().split(b"\0") and alive(int(place.name)):
                found.append(int(place.name))
    return found


def resident(pid: int) -> int:
    """Bytes of memory that a process has in use."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def tracer_of(pid: int) -> int:
    """Who traces any thread of a process, 0 for nobody."""
    tracers = [0]
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        with contextlib.suppress(OSError):
            tracers.append(int(status.read_text().split("TracerPid:")[1].split()[0]))
    return max(tracers)


def untraced(pid: int) -> None:
    """Wait until the kernel has let go of every thread."""
    wait_until(lambda: not tracer_of(pid), "a service that nobody traces")
