"""What was recorded is what was seen; what breaks off plays up to there; what cannot be written harms nobody."""

from __future__ import annotations

import gzip
import os
import random
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotop.agent.protocol import Ended, Log, Lost, Message, Recorded, Tick, encode
from gotop.agent.recording import VERSION, Recorder, RecordingError, read_recording, recording_extent
from gotop.agent.recording_player import Player
from gotop.export.json_report import document
from gotop.model.queries import SiteQuery, Window
from gotop.model.session import Session
from gotop.model.status.time_series import FLOWS, GAUGES
from gotop.model.trees.caller_tree import LazyCallerNode
from tests.streams import START, hello, live_streams, tick

ENDED = Ended(START, 3, None, False, False, False)


def record(path: Path, stream: list[Message]) -> None:
    path.unlink(missing_ok=True)
    recorder = Recorder(path, unix_ns=1)
    assert all(recorder.write(message) for message in stream)
    recorder.close()


def told(node: LazyCallerNode | None) -> object:
    """Everything below a node."""
    return node and (node.frame, node.allocs, node.bytes, node.estimated, [told(child) for child in node.children])


def seen(session: Session) -> list[object]:
    """Everything that a front can ask for, save how long ago the last message came."""
    rows = {window: list(session.sites(SiteQuery(window=window)).rows) for window in Window}
    histories = [session.history(metric, 600) for metric in (*FLOWS, *GAUGES)]
    trees = [told(session.callers(row.key)) for row in rows[Window.TOTAL]]
    rates = [session.rate(window) for window in Window]
    return [document(session) | {"health": None}, rows, histories, trees, rates, session.log.lines(), session.target]


def fed(stream: list[Message]) -> Session:
    session = Session(lambda: 0.0)
    for message in stream:
        session.apply(message)
    return session


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One path for all examples of a property."""
    return tmp_path_factory.mktemp("recordings") / "x.gotop"


@given(live_streams(connections=3))
@settings(max_examples=60)
def test_a_session_from_a_recording_equals_the_live_one(file: Path, stream: list[Message]) -> None:
    record(file, stream)
    played = list(read_recording(file))
    assert isinstance(played[0], Recorded)
    assert [m for m in played[1:] if not isinstance(m, Lost)] == stream
    assert seen(fed(played)) == seen(fed(stream))


@given(live_streams(connections=1), st.data())
@settings(max_examples=60)
def test_cut_anywhere_it_plays_up_to_there(file: Path, stream: list[Message], data: st.DataObject) -> None:
    record(file, stream)
    whole = file.read_bytes()
    header = len(encode(Recorded(1, 1, "0.1.0")))
    cut = data.draw(st.integers(header, len(whole)))
    file.write_bytes(whole[:cut])
    played = list(read_recording(file))[1:]
    edges = [header]
    for message in stream:
        edges.append(edges[-1] + len(encode(message)))
    kept = sum(edge <= cut for edge in edges) - 1
    ended = kept > 0 and isinstance(stream[kept - 1], Ended)
    assert [m for m in played if not isinstance(m, Lost)] == stream[:kept]
    assert (bool(played) and isinstance(played[-1], Lost)) is not ended
    if not ended:
        assert isinstance(played[-1], Lost)
        assert ("middle of a message" in played[-1].text) == (cut not in edges)
    assert recording_extent(file).truncated == (cut not in edges)


def test_where_a_recording_is_over_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.gotop"
    record(path, [hello(), tick(1), *[tick(at, seq=at) for at in range(2, 67)]])
    whole = path.read_bytes()
    said = []
    for content in (whole, whole[:-1], whole + b"\xc1", whole[:200]):
        path.write_bytes(content)
        *_, last = read_recording(path)
        assert isinstance(last, Lost)
        said.append(last.text)
    assert said[:2] == [
        "The recording ends after 1m05s, before the service did.",
        "The recording breaks off after 1m04s, in the middle of a message.",
    ]
    assert said[2].startswith("The recording is damaged after 1m05s: ")
    assert said[3] == "The recording breaks off at its beginning, in the middle of a message."


def test_damage_in_the_middle_is_told_and_ends_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.gotop"
    record(path, [hello(), tick(1), tick(2, seq=2)])
    path.write_bytes(path.read_bytes() + b"\xc1" + encode(tick(3, seq=3)))
    played = list(read_recording(path))
    assert [type(m) for m in played] == [Recorded, type(hello()), Tick, Tick, Lost]
    assert isinstance(played[-1], Lost)
    assert "damaged" in played[-1].text


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"hello", encode(hello())])
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=r"x is not a gotop recording"):
        Player(path)


def test_missing_or_newer_recordings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file"):
        list(read_recording(tmp_path / "none"))
    (tmp_path / "new").write_bytes(encode(Recorded(VERSION + 1, 0, "9.9")))
    with pytest.raises(RecordingError, match=r"newer gotop 9\.9"):
        list(read_recording(tmp_path / "new"))


def test_other_files_are_not_replaced_recordings_are(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes")
    with pytest.raises(RecordingError, match="is not replaced"):
        Recorder(path)
    assert path.read_text() == "my notes"
    old = tmp_path / "old.gotop"
    record(old, [hello(), tick(1)])
    record_over = Recorder(old, unix_ns=2)
    record_over.close()
    assert [type(m) for m in read_recording(old)] == [Recorded, Lost]


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    record(tmp_path / "x", [])
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600


def test_where_nothing_can_be_written_is_refused_at_once(tmp_path: Path) -> None:
    for path, why in (
        (tmp_path / "no" / "x", "No such file"),
        (tmp_path, "Is a directory"),
        (Path("/dev/full"), "No space"),
    ):
        with pytest.raises(RecordingError, match=why):
            Recorder(path)


DISK_FULL = """
import resource, signal, sys
from pathlib import Path
from gotop.agent.protocol import Log
from gotop.agent.recording import Recorder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
recorder = Recorder(Path(sys.argv[1]), unix_ns=1)
results = [recorder.write(Log(1, n * 100, bytes(100))) for n in range(100)]
recorder.close()
print(results.index(False), results.count(True), recorder.failed)
"""


def test_a_full_disk_stops_the_recording_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "x.gotop"
    child = subprocess.run([sys.executable, "-c", DISK_FULL, str(path)], capture_output=True, text=True, check=True)
    written, kept, reason = child.stdout.split(maxsplit=2)
    assert written == kept
    assert "stopped: File too large" in reason
    played = list(read_recording(path))
    assert len([m for m in played if isinstance(m, Log)]) == int(kept)
    over = "The recording ends at its beginning, before the service did."
    assert played[-1] == Lost(over, False), "no half message is left"


KILLED = """
import sys, time
from pathlib import Path
from gotop.agent.protocol import Log
from gotop.agent.recording import Recorder
recorder = Recorder(Path(sys.argv[1]))
for number in range(50):
    recorder.write(Log(1, number, b"x"))
print("written", flush=True)
time.sleep(60)
"""


def test_kill_9_loses_nothing_that_was_taken(tmp_path: Path) -> None:
    path = tmp_path / "x.gotop"
    with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "written\n"
        os.kill(child.pid, signal.SIGKILL)
    assert len([m for m in read_recording(path) if isinstance(m, Log)]) == 50


def test_a_recording_whose_time_goes_back_has_no_negative_length(tmp_path: Path) -> None:
    path = tmp_path / "damaged"
    path.write_bytes(b"".join(map(encode, [Recorded(VERSION, 1, "0"), hello(), tick(1e9, seq=1), tick(1.0, seq=2)])))
    assert recording_extent(path).length == 0


@pytest.mark.parametrize("ticks", [20, 150])
@pytest.mark.parametrize("part", [0.3, 0.999])
def test_a_packed_recording_that_breaks_off_plays_up_to_there(tmp_path: Path, ticks: int, part: float) -> None:
    """With a few thousand bytes, and with more than are read at a time."""
    noise = random.Random(1)
    messages: list[Message] = [Recorded(VERSION, 1, "0"), hello()]
    for number in range(ticks):
        messages += [tick(float(number), seq=number + 1), Log(1, number, noise.randbytes(20_000))]
    packed = gzip.compress(b"".join(map(encode, messages)))
    path = tmp_path / "kept.gz"
    path.write_bytes(packed[: round(part * len(packed))])
    *played, last = read_recording(path)
    assert played == messages[: len(played)] and len(played) >= part * 0.9 * len(messages) - 20
    assert isinstance(last, Lost) and "damaged" in last.text
    found = recording_extent(path)
    assert found.truncated
    assert found.length == pytest.approx(max(m.at for m in played if isinstance(m, Tick)) / 1e9 - 100.0)
