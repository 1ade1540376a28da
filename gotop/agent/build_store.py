"""Where programs are that gotop has built for a run: a private directory, whose entries go with their processes.

${TMPDIR:-/tmp}/gotop-build-UID/NAME/   owner.json  bin/PROGRAM  scratch/ (while it is being built)
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gotop.agent.private_directory import PrivateDirectory, UnsafeDirectory, may_hold_private
from gotop.agent.process_identity import Here, here, is_running, start_times

RECORD_NAME = "owner.json"


@dataclass(frozen=True)
class BuildDirectory:
    """An entry of this process's."""

    path: Path

    def keep_for(self, pid: int) -> None:
        """Leave it until that process has ended as well. On a full disk it goes with the next gotop."""
        with contextlib.suppress(OSError), _store() as store:
            store.write(self.path.name, _record(os.getpid(), pid))

    def remove(self) -> None:
        """Delete it; a program that still runs keeps its inode."""
        with _store() as store:
            store.remove(self.path.name)


def new_build_directory() -> BuildDirectory:
    """A new one, empty but for its record. Raises OSError, UnsafeDirectory."""
    name = f"{os.getpid()}-{secrets.token_hex(3)}"
    with _store() as store:
        path = store.make(name)
        try:
            store.write(name, _record(os.getpid()))
        except OSError:
            store.remove(name)
            raise
    return BuildDirectory(path)


def remove_dead_builds() -> None:
    """Remove what killed gotops have built, and what services ran that have ended."""
    if not _place().is_dir():
        return
    with _store() as store:
        for name in store.names():
            record = store.read(name)
            if record is not None and _is_over(record):
                store.remove(name)


def _record(*pids: int) -> dict[str, Any]:
    where = here()
    return {"pid_namespace": where.pid_namespace, "boot": where.boot, "start_times": start_times(*pids)}


def _is_over(record: dict[str, Any]) -> bool:
    try:
        where = Here(int(record["pid_namespace"]), str(record["boot"]))
        times = {str(pid): int(ticks) for pid, ticks in record["start_times"].items()}
        if where != here():
            return bool(where.boot) and where.boot != here().boot
        return not any(is_running(int(pid), times) for pid in times)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
        return False


def _place() -> Path:
    base = Path(tempfile.gettempdir())
    if not may_hold_private(base):
        raise UnsafeDirectory(
            f"{base} is no place to build a program in: others may replace it. Set TMPDIR to another."
        )
    return base / f"gotop-build-{os.getuid()}"


def _store() -> PrivateDirectory:
    return PrivateDirectory(_place(), "what it builds", RECORD_NAME)
