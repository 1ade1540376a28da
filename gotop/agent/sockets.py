"""Is this path fit for a new socket, and does somebody serve it? Asked before anything is touched."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from pathlib import Path

LONGEST_SOCKET_PATH = 107


class SocketProblem(Exception):  # noqa: N818 (named for what was found)
    """The path is no use as a socket; the text says why, for people."""


def check_free(path: Path) -> None:
    """Refuse a path where the agent's socket cannot or must not be made. What a dead agent left is removed."""
    if len(os.fsencode(path.absolute())) > LONGEST_SOCKET_PATH:
        raise SocketProblem(f"{path} is too long for a socket: at most {LONGEST_SOCKET_PATH} bytes with its directory.")
    if not path.absolute().parent.is_dir():
        raise SocketProblem(f"{path} cannot be made: there is no directory {path.absolute().parent}.")
    if not os.access(path.absolute().parent, os.W_OK | os.X_OK):
        raise SocketProblem(f"{path} cannot be made: no permission to write to {path.absolute().parent}.")
    if path.is_symlink() or path.exists():
        _check_leftover(path)
        remove_socket(path)


def remove_socket(path: Path) -> None:
    """Remove a socket of this user's, if there is one at the path; anything else that may be there now stays."""
    with contextlib.suppress(OSError):
        parent = os.open(path.absolute().parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            found = os.stat(path.name, dir_fd=parent, follow_symlinks=False)
            if stat.S_ISSOCK(found.st_mode) and found.st_uid == os.geteuid():
                os.unlink(path.name, dir_fd=parent)
        finally:
            os.close(parent)


def is_served(path: Path) -> bool:
    """Whether a server accepts connections at this path."""
    return _connect(path) is None


def _check_leftover(path: Path) -> None:
    found = path.lstat()
    if not stat.S_ISSOCK(found.st_mode):
        raise SocketProblem(f"{path} exists and is not a socket. Name another path with --socket, or remove it.")
    if found.st_uid != os.getuid():
        raise SocketProblem(f"{path} is another user's socket (uid {found.st_uid}). Name another path with --socket.")
    if not isinstance(_connect(path), ConnectionRefusedError):
        raise SocketProblem(
            f"{path} is in use. Join what is monitored there with `gotop attach {path}`, or name another path."
        )


def _connect(path: Path) -> OSError | None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(os.fspath(path))
        except OSError as error:
            return error
    return None
