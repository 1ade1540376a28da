"""What a viewer asks of the agent."""

from __future__ import annotations

import msgpack

from gotop.agent.requests import ExeRead, SetSettings, Stop, ViewerHello, encode_request, request_decoder


def test_a_setting_that_is_not_to_change_is_not_sent() -> None:
    assert msgpack.unpackb(encode_request(SetSettings(depth=8))) == {"t": "set", "depth": 8}


def test_a_hello_says_what_it_wants_and_nothing_else() -> None:
    plain = msgpack.unpackb(encode_request(ViewerHello(1, "gotop", False, 100)))
    assert plain == {"t": "hello", "proto": 1, "viewer": "gotop", "log": False, "interval_ms": 100}
    assert msgpack.unpackb(encode_request(ViewerHello(1, "gotop", False, 100, runs=True)))["runs"] is True


def test_requests_come_out_as_they_went_in_also_in_pieces() -> None:
    sent = [ViewerHello(1, "gotop", True, 20), SetSettings(interval_ms=50, budget=0.03), Stop(10_000), ExeRead(0, 4096)]
    data, decoder = b"".join(map(encode_request, sent)), request_decoder()
    assert [request for byte in data for request in decoder.feed(bytes([byte]))] == sent
