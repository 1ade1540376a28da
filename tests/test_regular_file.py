"""Files that others name: only regular ones are opened, and nothing is waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gotop.regular_file import open_regular, read_text_of


def test_a_regular_file_is_read_up_to_a_length(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abc\xffdef")
    with open_regular(path) as file:
        assert file.read() == b"abc\xffdef" and os.get_blocking(file.fileno())
    assert read_text_of(path, 5) == "abc\ufffdd"


def test_what_would_make_gotop_wait_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for place in (tmp_path / "fifo", Path("/dev/zero"), tmp_path, tmp_path / "gone"):
        with pytest.raises(OSError):
            open_regular(place)
    assert set(os.listdir("/proc/self/fd")) == before, "nothing is left open"  # noqa: PTH208
