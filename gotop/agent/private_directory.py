"""A directory that only its user can change, worked on by descriptors.

Every component is opened with O_NOFOLLOW from its parent's descriptor, and its owner and mode are looked at there, so
that what is checked is what is used. Nothing is removed by a path that a file names: only entries of such a directory,
by name, through its descriptor.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_LOOK = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
MOST_BYTES = 1 << 16
"""Of a record: a longer one is none of ours."""


class UnsafeDirectory(Exception):  # noqa: N818 (named for what was found)
    """The place for sessions cannot be used; the text says why, for people."""


def may_hold_private(base: Path) -> bool:
    """Whether a private directory in `base` stays private: nobody else can rename or replace anything on the way to it.

    That is so where each directory belongs to this user or to root, and is writable for nobody else unless its sticky
    bit keeps others' hands off (/tmp).
    """
    try:
        parts = Path(os.path.realpath(base)).parts
    except OSError:
        return False
    fd = os.open("/", _LOOK)
    try:
        for part in parts[1:]:
            if not _is_trusted(os.fstat(fd)):
                return False
            inner = os.open(part, _LOOK, dir_fd=fd)
            os.close(fd)
            fd = inner
        found = os.fstat(fd)
        return _is_trusted(found) and (found.st_uid == os.geteuid() or bool(found.st_mode & stat.S_ISVTX))
    except OSError:
        return False
    finally:
        os.close(fd)


def _is_trusted(found: os.stat_result) -> bool:
    owner = found.st_uid in (0, os.geteuid(), *_unmapped_root())
    return owner and (not found.st_mode & 0o022 or bool(found.st_mode & stat.S_ISVTX))


def _unmapped_root() -> tuple[int, ...]:
    """In a user namespace that has not all users, root's directories show as the overflow user's."""
    try:
        whole = Path("/proc/self/uid_map").read_text().split()[-1:] == ["4294967295"]
        return () if whole else (int(Path("/proc/sys/kernel/overflowuid").read_text()),)
    except (OSError, ValueError):
        return ()


class PrivateDirectory:
    """Subdirectories of this user's, each with a record of whose it is; `with` closes it.

    Args:
        place: the directory; made if it is missing.
        purpose: for messages: what is kept there.
        record: the name of the file in each entry that says whose it is.

    Raises:
        UnsafeDirectory: it cannot be made, is a link, or belongs to somebody else.
    """

    def __init__(self, place: Path, purpose: str, record: str) -> None:
        self.place, self._record = place, record
        try:
            place.mkdir(mode=0o700)
        except FileExistsError:
            pass
        except OSError as error:
            raise UnsafeDirectory(f"{place} cannot be made: {error.strerror}. gotop keeps {purpose} there.") from error
        try:
            self._fd = os.open(place, _READ)
        except OSError as error:
            if place.is_symlink() or not place.is_dir():
                why = f"{place} is not a directory: gotop keeps {purpose} there. Remove it and try again."
            else:
                why = f"{place} cannot be opened: {error.strerror}. gotop keeps {purpose} there."
            raise UnsafeDirectory(why) from error
        try:
            self._check()
        except BaseException:
            os.close(self._fd)
            raise

    def _check(self) -> None:
        found = os.fstat(self._fd)
        if found.st_uid != os.geteuid():
            owner = f"another user (uid {found.st_uid})"
            raise UnsafeDirectory(f"{self.place} belongs to {owner}. Set XDG_RUNTIME_DIR to a directory of yours.")
        if found.st_mode & 0o077:
            os.fchmod(self._fd, 0o700)

    def __enter__(self) -> PrivateDirectory:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def make(self, name: str) -> Path:
        """A new, empty entry. Raises OSError."""
        os.mkdir(name, mode=0o700, dir_fd=self._fd)
        return self.place / name

    def names(self) -> list[str]:
        """The entries that are directories of this user's."""
        return [name for name in os.listdir(self._fd) if self._status(name)]  # noqa: PTH208

    def age(self, name: str, now: float) -> float:
        """Seconds since an entry was last changed."""
        found = self._status(name)
        return now - found.st_mtime if found else 0.0

    def read(self, name: str) -> dict[str, Any] | None:
        """An entry's record; None where it has none, or one that was not written by this user."""
        try:
            with self._entry(name) as entry:
                fd = os.open(self._record, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=entry)
            with os.fdopen(fd, "rb") as file:
                found = os.fstat(fd)
                if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
                    return None
                record = json.loads(file.read(MOST_BYTES))
        except (OSError, ValueError, RecursionError):
            return None
        return record if isinstance(record, dict) else None

    def write(self, name: str, record: dict[str, Any]) -> None:
        """Replace an entry's record, in one step, so that no reader sees half of it. Raises OSError."""
        fresh = f".{self._record}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with self._entry(name) as entry:
            with os.fdopen(os.open(fresh, flags, 0o600, dir_fd=entry), "w", encoding="ascii") as file:
                file.write(json.dumps(record))
            os.replace(fresh, self._record, src_dir_fd=entry, dst_dir_fd=entry)

    def remove(self, name: str) -> None:
        """Remove an entry with all that is in it; links in it are removed, not followed."""
        if self._status(name) is not None:
            shutil.rmtree(name, ignore_errors=True, dir_fd=self._fd)

    def _status(self, name: str) -> os.stat_result | None:
        if "/" in name or name in ("", ".", ".."):
            return None
        try:
            found = os.stat(name, dir_fd=self._fd, follow_symlinks=False)
        except OSError:
            return None
        return found if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() else None

    @contextlib.contextmanager
    def _entry(self, name: str) -> Iterator[int]:
        fd = os.open(name, _READ, dir_fd=self._fd)
        try:
            if os.fstat(fd).st_uid != os.geteuid():
                raise PermissionError(1, "it belongs to another user", name)
            yield fd
        finally:
            os.close(fd)
