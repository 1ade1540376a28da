"""The protocol's two directions, as any peer may send them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gotop.agent.protocol import agent_decoder, encode
from gotop.agent.requests import encode_request, request_decoder
from gotop.agent.wire import Decoder, ProtocolError
from gotop.export.json_report import document
from gotop.model.session import Session
from tests.fuzz_targets import Target

GOLDEN = Path(__file__).parents[2] / "hookagent/stream/testdata/golden"


def vectors(viewer: bool) -> list[bytes]:
    """The golden vectors of one direction."""
    paths = sorted(GOLDEN.glob("*.msgpack"))
    return [path.read_bytes() for path in paths if path.stem.startswith("viewer_") == viewer]


def messages(data: bytes, decoder: Decoder, again: Decoder, encoded: Callable[[Any], bytes]) -> Iterator[Any]:
    """What the bytes hold up to the first error; each has to be the same when it is written and read once more."""
    try:
        for message in decoder.feed(data):
            (same,) = again.feed(encoded(message))
            assert same == message, f"{message} became {same}"
            yield message
    except ProtocolError as error:
        assert 0 < len(str(error)) < 1000, str(error)


def from_an_agent(data: bytes) -> None:
    """The model takes whatever the decoder lets pass, and reports it."""
    session = Session(clock=lambda: 0.0)
    for message in messages(data, agent_decoder(), agent_decoder(), encode):
        session.apply(message)
    assert document(session)["schema"] == 2


def from_a_viewer(data: bytes) -> None:
    for _ in messages(data, request_decoder(), request_decoder(), encode_request):
        pass


def agents_seeds() -> Iterator[bytes]:
    yield from vectors(viewer=False)
    yield b"".join(vectors(viewer=False))


WIRE = Target("wire", from_an_agent, agents_seeds)
REQUESTS = Target("requests", from_a_viewer, lambda: iter(vectors(viewer=True)), 1 << 12)
