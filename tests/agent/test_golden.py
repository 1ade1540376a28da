"""The golden vectors of the Go side, read and written from here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import msgpack
import pytest

from gotop.agent.protocol import AgentMessage, Proc, Recorded, Symbols, agent_decoder, encode
from gotop.agent.requests import Request, encode_request, request_decoder

GOLDEN = Path(__file__).parents[2] / "hookagent/stream/testdata/golden"
VECTORS = sorted(GOLDEN.glob("*.msgpack"))


def shown(value: Any) -> Any:
    """A value as the .json beside each vector shows it."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list | tuple) else value


def names(viewer: bool) -> set[str]:
    """The messages of one direction that there are vectors of."""
    paths = [path for path in VECTORS if path.stem.startswith("viewer_") == viewer]
    return {msgpack.unpackb(path.read_bytes())["t"] for path in paths}


def test_there_are_vectors_for_every_message() -> None:
    added_here = {cls.NAME for cls in (Symbols, Proc, Recorded)}
    assert names(viewer=False) == {cls.NAME for cls in get_args(AgentMessage)} - added_here
    assert names(viewer=True) == {cls.NAME for cls in get_args(Request)}


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_read_whole_and_written_the_same(path: Path) -> None:
    viewer = path.stem.startswith("viewer_")
    (message,) = (request_decoder() if viewer else agent_decoder()).feed(path.read_bytes())
    written = msgpack.unpackb(encode_request(message) if viewer else encode(message))
    assert shown(written) == json.loads(path.with_suffix(".json").read_text())
