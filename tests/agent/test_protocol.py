"""Messages there and back, in any pieces; what is not the protocol is an error and nothing else."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import Any, get_args, get_type_hints

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotop.agent import protocol, requests
from gotop.agent.protocol import ProtocolError, agent_decoder, encode
from gotop.agent.requests import encode_request, request_decoder
from tests.streams import hello, live_streams, run, stack, tick

INTS = st.integers(0, 2**64 - 1)
TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
CHECKED = (protocol.Tick, protocol.SizeClasses, protocol.AttributionDeltas)  # not any values are good
AGENT = tuple(cls for cls in get_args(protocol.AgentMessage) if cls not in CHECKED)
VIEWER = get_args(requests.Request)


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Anything that an annotation of a message allows."""
    plain = {int: INTS, str: TEXT, bool: st.booleans(), bytes: st.binary(max_size=8), float: st.floats(0, 1e9)}
    if hint in plain:
        return plain[hint]
    if dataclasses.is_dataclass(hint):
        return messages(hint)
    args = [arg for arg in hint.__args__ if arg not in (type(None), Ellipsis)]
    if type(None) in hint.__args__:
        return st.none() | values(args[0])
    return st.lists(values(args[0]), max_size=3).map(tuple)


def messages(cls: Any) -> st.SearchStrategy[Any]:
    """Any value of a message class."""
    hints = get_type_hints(cls)
    return st.builds(cls, **{field.name: values(hints[field.name]) for field in dataclasses.fields(cls)})


TICKS = st.builds(
    protocol.Tick,
    seq=INTS,
    at=INTS,
    dur_ns=INTS,
    deltas=st.lists(st.tuples(INTS, INTS, INTS, INTS), max_size=4).map(lambda fours: tuple(sum(fours, ()))),
    totals=messages(protocol.AgentTotals),
    runtime=st.none() | messages(protocol.RuntimeStat),
    agent=messages(protocol.AgentStat),
    run=st.none() | st.dictionaries(st.integers(0, 30), st.tuples(INTS, INTS, INTS), min_size=1).map(run),
)
ANY_AGENT = st.one_of(TICKS, *map(messages, AGENT))
ANY_VIEWER = st.one_of(*map(messages, VIEWER))


def in_pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(st.lists(ANY_AGENT, max_size=5), st.lists(st.integers(0, 1 << 16), max_size=6))
def test_agent_messages_survive_the_way_in_any_pieces(sent: list[Any], cuts: list[int]) -> None:
    decoder = agent_decoder()
    received = [m for piece in in_pieces(b"".join(map(encode, sent)), cuts) for m in decoder.feed(piece)]
    assert received == sent
    assert decoder.pending == 0


@given(st.lists(ANY_VIEWER, max_size=5))
def test_requests_survive_the_way(sent: list[Any]) -> None:
    assert list(request_decoder().feed(b"".join(map(encode_request, sent)))) == sent


@given(ANY_AGENT, st.dictionaries(st.sampled_from(["new", "x_y"]), st.integers() | st.text(), max_size=2))
def test_unknown_keys_and_messages_are_passed_over(message: Any, more: dict[str, Any]) -> None:
    value = {**msgpack.unpackb(encode(message)), **{key: str(item) for key, item in more.items()}}
    data = msgpack.packb({"t": "from the future", "x": [1]}) + msgpack.packb(value)
    assert list(agent_decoder().feed(data)) == [message]


@given(ANY_AGENT, st.data())
def test_a_damaged_stream_is_an_error_or_messages_never_anything_else(message: Any, data: st.DataObject) -> None:
    packed = bytearray(encode(message) + encode(hello()))
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(packed) - 1))
        change = data.draw(st.sampled_from(["flip", "drop", "add"]))
        if change == "flip":
            packed[position] ^= data.draw(st.integers(1, 255))
        elif change == "drop" and len(packed) > 1:
            del packed[position]
        else:
            packed.insert(position, data.draw(st.integers(0, 255)))
    refused_or_known(bytes(packed))


@given(st.binary(max_size=200))
def test_garbage_is_an_error_or_nothing(data: bytes) -> None:
    refused_or_known(data)


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | TEXT | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(ANY_AGENT, st.data())
def test_a_value_of_another_shape_is_an_error(message: Any, data: st.DataObject) -> None:
    value = msgpack.unpackb(encode(message))
    key = data.draw(st.sampled_from([key for key in value if key != "t"]))
    value[key] = data.draw(NESTED)
    refused_or_known(msgpack.packb(value))


def refused_or_known(data: bytes) -> None:
    try:
        for message in agent_decoder().feed(data):
            assert type(message) in (*AGENT, protocol.Tick)
    except ProtocolError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "should be a map"),
        ({}, "without a name"),
        ({"t": "settings"}, "mode is missing"),
        ({"t": "settings", "mode": 1, "depth": 1, "interval_ms": 1}, "mode should be str, is int"),
        ({"t": "settings", "mode": "", "depth": True, "interval_ms": 1}, "depth should be int, is bool"),
        ({"t": "stacks", "defs": [[1, 0, 0]]}, "list of 5"),
        ({"t": "stacks", "defs": [[1, 0, 0, [None], False]]}, "nothing but ints"),
    ],
)
def test_errors_say_what_is_wrong_with_what(value: Any, said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        list(agent_decoder().feed(msgpack.packb(value)))


def test_what_is_nested_too_deep_is_said_to_be_damaged() -> None:
    """Msgpack's own error for it has no text."""
    with pytest.raises(ProtocolError, match=r"not msgpack: [A-Z]"):
        list(agent_decoder().feed(b"\x81\xa1t" * 100_000))


@pytest.mark.parametrize("deltas", [[1, 2, 3], [1, -1, 0, 0]])
def test_deltas_are_fours_that_only_grow(deltas: list[int]) -> None:
    value = {**msgpack.unpackb(encode(tick(1))), "deltas": deltas}
    with pytest.raises(ProtocolError):
        list(agent_decoder().feed(msgpack.packb(value)))


def test_bytes_that_are_no_text_do_not_end_a_session() -> None:
    packed = encode(hello(cwd="/srv/XX")).replace(b"/srv/XX", b"/srv/\xff\xfe")
    (message,) = agent_decoder().feed(packed)
    assert message.cwd == "/srv/\\xff\\xfe"


@given(live_streams())
@settings(max_examples=20)
def test_whole_streams_survive_the_way(stream: list[Any]) -> None:
    assert list(agent_decoder().feed(b"".join(map(encode, stream)))) == stream


def test_a_stack_travels_as_the_protocol_document_says() -> None:
    value = msgpack.unpackb(encode(protocol.Stacks((stack(3, 7, 8, type=9, cut=True),))))
    assert value == {"t": "stacks", "defs": [[3, 0, 9, [7, 8], True, -1, False]]}
