"""A recording in which every string is an attempt on the reader's terminal: for tests of all that shows strings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from gotop.agent.protocol import Log, Message, Recorded, Tick, agent_decoder, encode

EVIL = "x\x1b]0;PWNED\x07\x1b[2J\nsecond-line\r\t\u202egnp\x9b31m\u200b\x7f"
KEPT = {"mode", "output", "arch", "gotop", "build_id"}
"""Strings that mean something to the reader."""


def poisoned(value: Any) -> Any:
    """The same message with every string in it made evil."""
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: poisoned(getattr(value, f.name)) for f in fields(value) if f.name not in KEPT})
    if isinstance(value, tuple):
        return tuple(map(poisoned, value))
    return f"{value}{EVIL}" if isinstance(value, str) else value


def messages(recording: Path) -> Iterator[Message]:
    """A recording's messages, with evil strings and some evil output of the service."""
    for message in agent_decoder().feed(recording.read_bytes()):
        yield message if isinstance(message, Recorded) else poisoned(message)
        if isinstance(message, Tick) and message.seq <= 3:
            yield Log(1, message.seq * 1000, f"{EVIL} \x1b[31mred\x1b[0m\n".encode())


def write(recording: Path, to: Path) -> Path:
    """A poisoned copy of a recording."""
    to.write_bytes(b"".join(map(encode, messages(recording))))
    return to


def is_safe(written: bytes, newlines: bool = True) -> bool:
    """Whether nothing in there would be obeyed by a terminal, or pretends to be a line of gotop's."""
    text = written.decode("utf-8", "surrogateescape")
    allowed = "\n" if newlines else ""
    obeyed = [c for c in text if c not in allowed and (ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F or c in "\u202e\u200b")]
    return not obeyed and not any(line.startswith("second-line") for line in text.split("\n"))
