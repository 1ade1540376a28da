"""A recording read at once, or a part of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotop.agent.protocol import Tick
from gotop.agent.recording import RecordingError, read_recording
from gotop.cli.recorded_session import read_session
from gotop.model.queries import Window
from tests.ui.recorded import RECORDING


def test_it_ends_with_the_last_reading_up_to_the_end_and_a_mark_stands_at_the_begin() -> None:
    session = read_session(RECORDING, 5.0, 12.0)
    readings = [message.at / 1e9 for message in read_recording(RECORDING) if isinstance(message, Tick)]
    assert session.now.at == max(at for at in readings if at <= readings[0] + 12)
    begin = max(at for at in readings if at <= readings[0] + 5)
    assert session.now.seconds(Window.MARK) == pytest.approx(session.now.at - begin)


@pytest.mark.parametrize(("begin", "end"), [(3600.0, None), (None, -1.0)])
def test_a_time_without_readings_is_refused(begin: float | None, end: float | None) -> None:
    with pytest.raises(RecordingError, match="no reading in that time"):
        read_session(RECORDING, begin, end)


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"hello")
    with pytest.raises(RecordingError, match="is not a gotop recording"):
        read_session(tmp_path / "x")
