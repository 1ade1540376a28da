"""Whole streams and recordings, damaged: messages that the model can take come out, or one of our own errors."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gotop.agent.protocol import Message, ProtocolError, Recorded, agent_decoder, encode
from gotop.agent.recording import VERSION, RecordingError, read_recording, recording_extent
from gotop.export.json_report import document
from gotop.model.session import Session
from tests.fuzzing import bounded, fuzz
from tests.streams import live_streams


@st.composite
def damage(draw: st.DrawFn, data: bytes) -> bytes:
    """The bytes with some of them changed, left out, doubled or exchanged, or cut off."""
    damaged = bytearray(data)
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(0, len(damaged) - 1)))
        length = draw(st.sampled_from([1, 2, 5, 9, 64, 1024]))
        match draw(st.sampled_from(["word", "flip", "drop", "double", "cut", "number"])):
            case "word":
                damaged[at : at + length] = draw(st.binary(min_size=1, max_size=9))
            case "flip" if damaged:
                damaged[at] ^= 1 << draw(st.integers(0, 7))
            case "drop":
                del damaged[at : at + length]
            case "double":
                damaged[at:at] = damaged[at : at + length]
            case "number":  # a length or a figure as large as can be
                kind = draw(st.sampled_from([b"\xcf", b"\xd3", b"\xdb", b"\xdd", b"\xdf"]))
                damaged[at : at + 1] = kind + b"\xff" * 8
            case "cut" if draw(st.integers(0, 3)) == 0:
                del damaged[at:]
    return bytes(damaged)


def packed(stream: list[Message]) -> bytes:
    return b"".join(map(encode, stream))


@fuzz(60, 5000)
@given(live_streams(), st.data())
def test_a_session_of_a_damaged_stream(stream: list[Message], drawn: st.DataObject) -> None:
    """The model takes whatever the decoder lets pass, and reports it."""
    data = drawn.draw(damage(packed(stream)))
    session = Session(clock=lambda: 0.0)
    with bounded():
        try:
            for message in agent_decoder().feed(data):
                session.apply(message)
        except ProtocolError as error:
            assert str(error)
        assert document(session)["schema"] == 2


@fuzz(60, 5000)
@given(live_streams(), st.data())
def test_a_damaged_recording(stream: list[Message], drawn: st.DataObject) -> None:
    data = packed([Recorded(VERSION, 1, "0"), *stream])
    if drawn.draw(st.booleans()):
        data = gzip.compress(data, 1)
    with tempfile.NamedTemporaryFile(prefix="gotop-fuzz-") as file:
        path = Path(file.name)
        path.write_bytes(drawn.draw(damage(data)))
        with bounded():
            try:
                found = recording_extent(path)
                assert found.length >= 0 and found.bytes >= 0
                for _ in read_recording(path):
                    pass
            except RecordingError as error:
                assert str(path) in str(error)
