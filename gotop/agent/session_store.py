"""Where sessions live: a private directory for each monitored service, so that `gotop attach` finds it.

    ${XDG_RUNTIME_DIR:-/tmp}/gotop-UID/NAME/   agent.sock  plan.json  session.json  stdout.log  stderr.log  agent.log

The directory holds a socket that can stop the service and the service's output, so it is refused
if it is anybody else's.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import stat
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from gotop.agent.sockets import LONGEST_SOCKET_PATH, is_served

SOCKET_NAME = "agent.sock"
RECORD_NAME = "session.json"


class UnsafeDirectory(Exception):  # noqa: N818 (named for what was found)
    """The place for sessions cannot be used; the text says why, for people."""


@dataclass(frozen=True)
class SessionRecord:
    """What is known of a session without asking its agent. `built`: the directory of a program built for it;
    `sample_only`: nothing is hooked in the process, which may have another session that does.
    """

    directory: Path
    socket: Path
    exe: str = ""
    pid: int = 0
    agent_pid: int = 0
    started: float = 0.0
    kept: bool = False
    built: str = ""
    sample_only: bool = False

    @property
    def alive(self) -> bool:
        """Whether its agent still runs, so that it can be attached to."""
        return self.agent_pid > 0 and Path(f"/proc/{self.agent_pid}").exists() and self.socket.is_socket()

    @property
    def writes_here(self) -> bool:
        """Whether its service runs, with an agent or without, and writes its output into the directory."""
        return (self.directory / "stdout.log").exists() and Path(f"/proc/{self.pid}").exists()

    def save(self) -> None:
        """Write the record that lists are made from; in one step, so that no reader sees half of it."""
        fields = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(self).items()}
        fresh = self.directory / f".{RECORD_NAME}"
        fresh.write_text(json.dumps(fields))
        fresh.rename(self.directory / RECORD_NAME)

    def remove(self) -> None:
        """Remove the session's directory with all that is in it."""
        shutil.rmtree(self.directory, ignore_errors=True)
        if self.built:
            shutil.rmtree(self.built, ignore_errors=True)


def sessions_dir() -> Path:
    """The directory of this user's sessions, made if missing, checked if not."""
    place = _place()
    try:
        place.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise UnsafeDirectory(f"{place} cannot be made: {error.strerror}. gotop keeps its sockets there.") from error
    _check_private(place)
    return place


def new_session(socket: Path | None = None) -> SessionRecord:
    """A new, empty session directory; `socket` is where the user wants the socket, if not in there."""
    directory = sessions_dir() / f"{os.getpid()}-{secrets.token_hex(3)}"
    try:
        directory.mkdir(mode=0o700)
    except OSError as error:
        text = f"{directory} cannot be made: {error.strerror}. gotop keeps its sockets there."
        raise UnsafeDirectory(text) from error
    return SessionRecord(directory, (socket or directory / SOCKET_NAME).absolute(), started=time.time())


def _place() -> Path:
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")
    if not base.is_dir() or not os.access(base, os.W_OK | os.X_OK) or _too_long(base):
        base = Path("/tmp")
    return base / f"gotop-{os.getuid()}"


def attachable_sessions() -> list[SessionRecord]:
    """The sessions that can be attached to, oldest first."""
    found = [session for session in _recorded() if session.alive]
    return sorted(found, key=lambda session: session.started)


def remove_dead_sessions() -> None:
    """Remove what is left of sessions whose processes are gone: of gotops that were killed, and of kept services."""
    if not _place().is_dir():
        return
    for session in _recorded():
        if not session.alive and not session.writes_here:
            session.remove()
    for directory in sessions_dir().iterdir():  # of gotops that were killed before they had started anything
        maker = directory.name.partition("-")[0]
        recorded = (directory / RECORD_NAME).exists()
        gone = maker.isdecimal() and not Path(f"/proc/{maker}").exists()
        if gone and not recorded and not is_served(directory / SOCKET_NAME):  # a full disk keeps no record either
            shutil.rmtree(directory, ignore_errors=True)


def _recorded() -> list[SessionRecord]:
    return [session for path in sessions_dir().glob(f"*/{RECORD_NAME}") if (session := _load(path))]


def _load(path: Path) -> SessionRecord | None:
    try:
        fields = json.loads(path.read_text())
        session = SessionRecord(**{**fields, "socket": Path(fields["socket"]), "directory": path.parent})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return replace(session, directory=path.parent)


def _check_private(place: Path) -> None:
    found = place.lstat()
    if stat.S_ISLNK(found.st_mode) or not stat.S_ISDIR(found.st_mode):
        raise UnsafeDirectory(f"{place} is not a directory: gotop keeps its sockets there. Remove it and try again.")
    if found.st_uid != os.getuid():
        owner = f"another user (uid {found.st_uid})"
        raise UnsafeDirectory(f"{place} belongs to {owner}. Set XDG_RUNTIME_DIR to a directory of yours.")
    if found.st_mode & 0o077:
        place.chmod(0o700)


def _too_long(base: Path) -> bool:
    longest = base / f"gotop-{os.getuid()}" / "4194304-ffffff" / SOCKET_NAME
    return len(os.fsencode(longest)) > LONGEST_SOCKET_PATH
