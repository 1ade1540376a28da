"""Where sessions live: a private directory for each monitored service, so that `gotop attach` finds it.

    ${XDG_RUNTIME_DIR:-/tmp}/gotop-UID/NAME/   agent.sock  plan.json  session.json  stdout.log  stderr.log  agent.log

The directory holds a socket that can stop the service and the service's output, so it is refused if it is anybody
else's, and is made elsewhere where somebody else could replace it. A record is not believed either: it says which
processes belong to a session, not what is to be removed.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gotop.agent.private_directory import PrivateDirectory, may_hold_private
from gotop.agent.private_directory import UnsafeDirectory as UnsafeDirectory
from gotop.agent.process_identity import Here, here, is_running, start_times
from gotop.agent.sockets import LONGEST_SOCKET_PATH, is_served

SOCKET_NAME = "agent.sock"
RECORD_NAME = "session.json"
LEAVING_SUFFIX = ".leaving"
"""Of the file beside the socket in which an agent says why it cannot leave yet."""
LONGEST_NOTICE = 2000
WITHOUT_RECORD_S = 60.0
"""How old a directory without a record must be to count as left behind: a full disk keeps no record."""


@dataclass(frozen=True)
class SessionRecord:
    """What is known of a session without asking its agent.

    `sample_only`: nothing is hooked in the process, which may have another session that does. `maker_pid`: the gotop
    that made it. Numbers hold in the PID namespace and boot `where`, for the processes that `start_times` tells.
    """

    directory: Path
    socket: Path
    exe: str = ""
    pid: int = 0
    agent_pid: int = 0
    started: float = 0.0
    kept: bool = False
    sample_only: bool = False
    maker_pid: int = 0
    where: Here = field(default_factory=here)
    start_times: dict[str, int] = field(default_factory=dict)

    @property
    def is_here(self) -> bool:
        """Whether its process numbers mean the same here."""
        return self.where == here()

    @property
    def alive(self) -> bool:
        """Whether its agent still runs, so that it can be attached to; in another PID namespace the socket tells."""
        if not self.socket.is_socket():
            return False
        return is_running(self.agent_pid, self.start_times) if self.is_here else is_served(self.socket)

    @property
    def over(self) -> bool:
        """Whether nothing of it runs any more, and nobody writes into its directory. Of another namespace that is not
        known as long as the machine has not been restarted.
        """
        if not self.is_here:
            return bool(self.where.boot) and self.where.boot != here().boot
        if not self.agent_pid:  # being made, or there was no room for more than its first record
            return not is_running(self.maker_pid, self.start_times) and not is_served(self.directory / SOCKET_NAME)
        writes_here = (self.directory / "stdout.log").exists() and is_running(self.pid, self.start_times)
        return not writes_here and not is_running(self.agent_pid, self.start_times)

    @property
    def leaving(self) -> str:
        """Why its agent cannot take its hooks out of the process yet, in its own words; "" if it does not want to."""
        with contextlib.suppress(OSError):
            if self.is_here and is_running(self.agent_pid, self.start_times):
                with self.socket.with_name(self.socket.name + LEAVING_SUFFIX).open(errors="replace") as notice:
                    return notice.read(LONGEST_NOTICE)
        return ""

    def save(self) -> None:
        """Write the record that lists are made from. Raises OSError."""
        fields = {
            "socket": str(self.socket), "exe": self.exe, "pid": self.pid, "agent_pid": self.agent_pid,
            "started": self.started, "kept": self.kept, "sample_only": self.sample_only, "maker_pid": self.maker_pid,
            "pid_namespace": self.where.pid_namespace, "boot": self.where.boot,
            "start_times": start_times(self.pid, self.agent_pid, self.maker_pid),
        }  # fmt: skip
        with _store() as store:
            store.write(self.directory.name, fields)

    def remove(self) -> None:
        """Remove the session's directory with all that is in it."""
        with _store() as store:
            store.remove(self.directory.name)


def sessions_dir() -> Path:
    """The directory of this user's sessions, made if missing, checked if not. Raises UnsafeDirectory."""
    with _store() as store:
        return store.place


def new_session(socket: Path | None = None) -> SessionRecord:
    """A new session directory with the record of who made it; `socket` is where the user wants it, if not in there.

    Raises:
        UnsafeDirectory: there is no place for it.
    """
    name = f"{os.getpid()}-{secrets.token_hex(3)}"
    with _store() as store:
        try:
            directory = store.make(name)
        except OSError as error:
            text = f"{store.place / name} cannot be made: {error.strerror}. gotop keeps its sockets there."
            raise UnsafeDirectory(text) from error
    session = SessionRecord(
        directory, (socket or directory / SOCKET_NAME).absolute(), started=time.time(), maker_pid=os.getpid()
    )
    with contextlib.suppress(OSError):  # a full disk: it is not listed then
        session.save()
    return session


def _store() -> PrivateDirectory:
    return PrivateDirectory(_place(), "its sockets", RECORD_NAME)


def _place() -> Path:
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")
    usable = base.is_dir() and os.access(base, os.W_OK | os.X_OK) and not _too_long(base)
    if not usable or not may_hold_private(base):
        base = Path("/tmp")
    return base / f"gotop-{os.getuid()}"


def attachable_sessions() -> list[SessionRecord]:
    """The sessions that can be attached to, oldest first."""
    with _store() as store:
        found = [session for session in _recorded(store) if session.alive]
    return sorted(found, key=lambda session: session.started)


def sessions_being_left() -> dict[int, str]:
    """The processes whose agents try to leave, and cannot yet: why, by PID. Empty where there is no place for them."""
    try:
        with _store() as store:
            return {session.pid: why for session in _recorded(store) if (why := session.leaving)}
    except (OSError, UnsafeDirectory):
        return {}


def remove_dead_sessions() -> None:
    """Remove what is left of sessions whose processes are gone: of gotops that were killed, and of kept services."""
    if not _place().is_dir():
        return
    with _store() as store:
        for session in _recorded(store):
            if session.over:
                store.remove(session.directory.name)
        for name in store.names():
            abandoned = store.read(name) is None and store.age(name, time.time()) > WITHOUT_RECORD_S
            if abandoned and not is_served(store.place / name / SOCKET_NAME):
                store.remove(name)


def _recorded(store: PrivateDirectory) -> list[SessionRecord]:
    return [
        session
        for name in store.names()
        if (record := store.read(name)) and (session := _session(store.place / name, record))
    ]


def _session(directory: Path, record: dict[str, Any]) -> SessionRecord | None:
    """The session that a record tells of; None if it is none of this gotop's."""
    try:
        times = {str(pid): int(ticks) for pid, ticks in record["start_times"].items()}
        return SessionRecord(
            directory, Path(str(record["socket"])), str(record["exe"]), int(record["pid"]), int(record["agent_pid"]),
            float(record["started"]), bool(record["kept"]), bool(record["sample_only"]), int(record["maker_pid"]),
            Here(int(record["pid_namespace"]), str(record["boot"])), times,
        )  # fmt: skip
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
        return None


def _too_long(base: Path) -> bool:
    longest = base / f"gotop-{os.getuid()}" / "4194304-ffffff" / SOCKET_NAME
    return len(os.fsencode(longest)) > LONGEST_SOCKET_PATH
