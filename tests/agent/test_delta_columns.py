"""What changed of many stacks at once, as columns."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotop.agent.delta_columns import MAX_RUN, DeltaColumns
from gotop.agent.protocol import ProtocolError, agent_decoder, encode
from tests.streams import Counted, flat, run, tick

VALUES = st.tuples(*[st.integers(0, 2**64 - 1)] * 3)


@given(st.dictionaries(st.integers(0, 40), VALUES, min_size=1))
def test_columns_hold_what_the_list_holds_without_what_did_not_change(counted: Counted) -> None:
    changed = {id_: counts for id_, counts in sorted(counted.items()) if any(counts)}
    assert tuple(run(counted).deltas()) == flat(changed)


def test_a_column_without_bytes_holds_zeros() -> None:
    assert list(DeltaColumns(7, 3, b"\1\0\2", b"", b"").deltas()) == [7, 1, 0, 0, 9, 2, 0, 0]


def test_no_run_is_longer_than_agents_make_them() -> None:
    assert DeltaColumns(0, MAX_RUN, b"", b"", b"").length == MAX_RUN
    with pytest.raises(ValueError, match="a run of"):
        DeltaColumns(0, MAX_RUN + 1, b"", b"", b"")


@pytest.mark.parametrize(
    "values",
    [
        [0, 0, b"", b"", b""],
        [-1, 1, b"", b"", b""],
        [0, 1 << 40, b"", b"", b""],  # no data, and yet a column of that length
        [0, 2, b"123", b"", b""],
        [0, 1, b"123456789", b"", b""],
        [0, 1, b"", b""],
        [0, 1, [1], [1], [1]],
    ],
)
def test_columns_of_a_run_have_the_length_it_says(values: list[object]) -> None:
    value = {**msgpack.unpackb(encode(tick(1))), "run": values}
    with pytest.raises(ProtocolError):
        list(agent_decoder().feed(msgpack.packb(value)))
