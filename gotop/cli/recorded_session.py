"""A recording read into a session at once, up to an instant if that is wanted: for exports and comparisons."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from gotop.agent.protocol import Message, Tick
from gotop.agent.recording import RecordingError, read_recording

if TYPE_CHECKING:
    from gotop.model.session import Session


def read_session(file: Path, begin: float | None = None, end: float | None = None) -> Session:
    """Return the session of a recording up to `end`, with a mark at `begin`, both in seconds after its first reading.

    The mark is set at the last reading up to `begin`, and the last reading that is read is the last one up to `end`.
    Raises RecordingError: it cannot be read, makes no sense, or has no reading in that time.
    """
    from gotop.model.session import Session  # not needed for --help

    session, first, marked = Session(lambda: 0.0), None, begin is None
    for message in read_recording(file):
        if isinstance(message, Tick):
            first = message.at if first is None else first
            at = (message.at - first) / 1e9
            if not marked and begin is not None and at > begin:
                session.mark()
                marked = True
            if at > (math.inf if end is None else end):
                break
        apply_recorded(session, message)
    if not marked or session.now.timeline.empty:
        length = 0.0 if first is None else session.watched_s
        raise RecordingError(f"{file} has no reading in that time: it is {length:.1f} s long.")
    return session


def apply_recorded(session: Session, message: Message) -> None:
    """Apply a message of a recording. Raises RecordingError: it makes no sense."""
    try:
        session.apply(message)
    except (ArithmeticError, LookupError, ValueError, TypeError) as error:
        name = type(message).__name__
        raise RecordingError(f"The recording is damaged: a {name} in it makes no sense ({error}).") from error
