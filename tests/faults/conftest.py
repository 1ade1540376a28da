"""What the fault tests share: a home with a short path, and the promise that no process stays behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Runner, wait_until
from tests.faults.processes import marked
from tests.faults.rawviewer import OPEN


@pytest.fixture
def home() -> Iterator[Path]:
    """Short, as sockets want it."""
    place = Path(tempfile.mkdtemp(prefix="gf-", dir="/tmp"))
    yield place
    for pid in marked(place):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def gotop(home: Path) -> Iterator[Runner]:
    """gotop, of which nothing may be left when the test is over."""
    yield Runner(home)
    for viewer in list(OPEN):
        viewer.close()
    wait_until(lambda: not marked(home), "an end of all processes", 120)
