"""Open files that somebody else names: a FIFO, a device or a directory in a file's place must not make gotop wait."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file for reading, buffered.

    Raises:
        OSError: it cannot be opened, or is no regular file; that is looked at after opening, so that it holds.
    """
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        mode = os.fstat(fd).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "It is no regular file", os.fspath(path))
        os.set_blocking(fd, True)
        return os.fdopen(fd, "rb")
    except BaseException:
        os.close(fd)
        raise


def read_text_of(path: Path, most: int) -> str:
    """The text of a regular file of at most so many bytes, bytes that are not UTF-8 replaced. Raises OSError."""
    with open_regular(path) as file:
        return file.read(most).decode("utf-8", "replace")
