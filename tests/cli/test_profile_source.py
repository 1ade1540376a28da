"""A file is a report or a recording, whatever it is called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gotop.cli.errors import Refusal
from gotop.cli.profile_source import read_source
from gotop.export.json_report import as_json
from tests.ui.recorded import RECORDING


def test_a_recording_and_its_report_say_the_same(tmp_path: Path) -> None:
    recorded = read_source(RECORDING)
    assert recorded.session is not None
    file = tmp_path / "called.gotop"
    file.write_text("\n" + as_json(recorded.session))
    reported = read_source(file)
    assert reported.session is None
    assert reported.profile.whole == recorded.profile.whole
    with pytest.raises(Refusal, match="no time line"):
        read_source(file, 1.0)


def test_what_is_no_file_is_refused_and_nothing_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for name, says in (("fifo", "no regular file"), ("none", "No such file")):
        with pytest.raises(Refusal, match=says):
            read_source(tmp_path / name)
