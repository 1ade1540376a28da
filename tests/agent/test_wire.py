"""Messages as bytes: there and back, and the bounds that hold whatever a peer sends."""

from __future__ import annotations

import msgpack
import pytest

from gotop.agent import protocol, wire
from gotop.agent.protocol import ProtocolError, agent_decoder, encode
from gotop.agent.runtime_messages import AttributeDef, Attributes, FunctionName, TypeName
from gotop.agent.tick_messages import Functions, Types
from gotop.agent.wire import Decoder
from tests.agent.sample_message import CODEC, Point, Sample


def test_a_dataclass_travels_as_a_map_or_a_list_without_what_is_none() -> None:
    packed = CODEC.encode(Sample((Point(1), Point(2, "b")), 0.5))
    assert msgpack.unpackb(packed) == {"t": "sample", "points": [[1, "none"], [2, "b"]], "share": 0.5}
    assert list(Decoder(CODEC).feed(packed)) == [Sample((Point(1), Point(2, "b")), 0.5)]


def test_a_message_may_be_as_long_as_allowed_and_no_longer() -> None:
    room = wire.MAX_MESSAGE - len(encode(protocol.Log(1, 0, bytes(1 << 17)))) + (1 << 17)
    longest = encode(protocol.Log(1, 0, bytes(room)))
    assert len(longest) == wire.MAX_MESSAGE
    assert len(list(agent_decoder().feed(longest + longest))) == 2
    with pytest.raises(ProtocolError, match="more than"):
        encode(protocol.Log(1, 0, bytes(room + 1)))
    too_long = msgpack.packb({"t": "log", "fd": 1, "off": 0, "data": bytes(room + 1), "skipped": 0})
    assert len(too_long) == wire.MAX_MESSAGE + 1
    with pytest.raises(ProtocolError, match="longer than"):
        list(agent_decoder().feed(too_long))


def test_an_announced_length_is_not_believed() -> None:
    decoder = agent_decoder()
    claims_4_gib = b"\x81\xa4data\xc6\xff\xff\xff\xff"
    assert list(decoder.feed(claims_4_gib)) == []
    with pytest.raises(ProtocolError, match="longer than"):
        for _ in range(wire.MAX_MESSAGE // 65_536 + 32):
            list(decoder.feed(bytes(65_536)))


def test_deep_nesting_is_an_error() -> None:
    with pytest.raises(ProtocolError):
        list(agent_decoder().feed(b"\x91" * 100_000 + b"\xc0"))


def test_messages_of_unknown_kinds_are_skipped_but_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_UNKNOWN", 3)
    decoder, unknown = Decoder(CODEC), msgpack.packb({"t": "of a later agent"})
    assert list(decoder.feed(unknown * 3)) == []
    with pytest.raises(ProtocolError, match="not known"):
        list(decoder.feed(unknown))


def test_the_first_map_and_what_has_not_arrived_whole_are_told() -> None:
    decoder, packed = Decoder(CODEC), CODEC.encode(Sample(()))
    list(decoder.feed(packed[:5]))
    assert (decoder.pending, decoder.first) == (5, {})
    list(decoder.feed(packed[5:]))
    assert (decoder.pending, decoder.first["t"]) == (0, "sample")


@pytest.mark.parametrize(
    "message",
    [
        Functions(tuple(FunctionName(number, "f", "", 0) for number in range(50_000))),
        Types(tuple(TypeName(number, "t") for number in range(50_000))),
        Attributes(tuple(AttributeDef(number, 0, (), 0, 0) for number in range(50_000))),
    ],
)
def test_names_are_bounded_in_sum(message: Functions | Types | Attributes) -> None:
    """Each message is one that an agent might send; not so many of them."""
    decoder, packed = agent_decoder(), encode(message)
    for _ in range(message.MOST // 50_000):
        assert list(decoder.feed(packed))
    with pytest.raises(ProtocolError, match=f"more than {message.MOST:,} {message.NAME}"):
        list(decoder.feed(packed))
