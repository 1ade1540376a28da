"""Recordings, packed or plain."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

from gotop.agent.protocol import Recorded, encode
from gotop.agent.recording import VERSION, RecordingError, read_recording, recording_extent
from gotop.export.json_report import document
from gotop.model.session import Session
from tests.fuzz_targets import Target
from tests.fuzz_targets.wire import vectors


def replayed(data: bytes) -> None:
    """All of it ends in a report, or in one of our own errors that names the file."""
    fd = os.memfd_create("recording")
    try:
        os.write(fd, data)
        path = Path(f"/proc/self/fd/{fd}")
        try:
            extent = recording_extent(path)
            assert extent.bytes >= 0 and extent.end == extent.end, extent
            session = Session(clock=lambda: 0.0)
            for message in read_recording(path):
                session.apply(message)
            assert document(session)["schema"] == 2
        except RecordingError as error:
            assert str(path) in str(error)
    finally:
        os.close(fd)


def seeds() -> Iterator[bytes]:
    head = encode(Recorded(VERSION, 1, "0"))
    for vector in vectors(viewer=False):
        yield head + vector
    whole = head + b"".join(vectors(viewer=False))
    yield from (whole, gzip.compress(whole, 1, mtime=0), gzip.compress(head, 1, mtime=0))


RECORDINGS = Target("recordings", replayed, seeds)
