"""Fields read by Google's own protobuf, with the messages of Perfetto."""

from __future__ import annotations

import pytest
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import TrackEvent

from gotop.export.protobuf import double, message, number, text, varint


@pytest.mark.parametrize("value", [0, 1, 127, 128, (1 << 63) - 1, -1, -(1 << 63)])
def test_fields_are_read_as_they_were_written(value: int) -> None:
    event = TrackEvent()
    event.ParseFromString(number(30, value) + text(23, "é\udc80") + message(10, b""))
    assert (event.counter_value, event.name) == (value, "é\\udc80")
    event.ParseFromString(double(44, 1.5))
    assert event.double_counter_value == 1.5


def test_numbers_are_as_short_as_they_can_be() -> None:
    assert [varint(value) for value in (0, 127, 128, 300)] == [b"\x00", b"\x7f", b"\x80\x01", b"\xac\x02"]
