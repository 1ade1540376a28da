"""The golden vectors of the Go side, read and written from here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgpack
import pytest

from gotop.agent.protocol import agent_decoder, encode
from gotop.agent.requests import encode_request, request_decoder

GOLDEN = Path(__file__).parents[2] / "hookagent/stream/testdata/golden"
VECTORS = sorted(GOLDEN.glob("*.msgpack"))


def shown(value: Any) -> Any:
    """A value as the .json beside each vector shows it."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list | tuple) else value


def test_there_are_vectors_for_every_message() -> None:
    found = {msgpack.unpackb(path.read_bytes())["t"] for path in VECTORS}
    assert found == {
        "hello",
        "settings",
        "stacks",
        "types",
        "tick",
        "events",
        "goroutines",
        "size_classes",
        "attributes",
        "attribution",
        "log",
        "exe",
        "ended",
        "error",
        "set",
        "stop",
    }


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_read_whole_and_written_the_same(path: Path) -> None:
    viewer = path.stem.startswith("viewer_")
    (message,) = (request_decoder() if viewer else agent_decoder()).feed(path.read_bytes())
    written = msgpack.unpackb(encode_request(message) if viewer else encode(message))
    assert shown(written) == json.loads(path.with_suffix(".json").read_text())
