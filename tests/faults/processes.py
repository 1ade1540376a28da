"""Finding what a test has started, in whatever process group or session it is."""

from __future__ import annotations

import contextlib
from pathlib import Path

from tests.cli.running import alive


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
