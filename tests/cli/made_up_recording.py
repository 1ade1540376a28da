"""A recording of a made-up service, for tests of commands that read one."""

from __future__ import annotations

from pathlib import Path

from gotop.agent.recording import Recorder
from tests.ui.synthetic import Service


def record(directory: Path, seconds: int) -> Path:
    """Record so many seconds of it in a directory; return the file."""
    path = directory / "made-up.gotop"
    recorder = Recorder(path, unix_ns=0)
    for message in Service().run(seconds):
        recorder.write(message)
    recorder.close()
    return path
