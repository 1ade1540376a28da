"""PC tables against their definition."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from gotop.golang.pcvalue import PcValues, value_in


def encoded(steps: list[tuple[int, int]]) -> bytes:
    """A PC table as cmd/internal/obj writes it: value deltas and lengths as varints, from value -1."""
    data, last = bytearray(), -1
    for value, length in steps:
        delta = value - last
        last = value
        for number in ((delta << 1) ^ (delta >> 31), length):
            while number > 0x7F:
                data.append(number & 0x7F | 0x80)
                number >>= 7
            data.append(number)
    return bytes(data) + b"\0"


@given(st.lists(st.tuples(st.integers(-1, 1 << 24), st.integers(1, 1 << 20)), min_size=1, max_size=30), st.data())
def test_pc_tables_are_read_as_written(steps: list[tuple[int, int]], data: st.DataObject) -> None:
    merged = [s for i, s in enumerate(steps) if i == 0 or s[0] != steps[i - 1][0]]  # equal neighbours are one step
    target = data.draw(st.integers(0, sum(n for _, n in merged) + 3))
    wanted, end = -1, 0
    for value, length in merged:
        if end <= target < end + length:
            wanted = value
        end += length
    assert value_in(encoded(merged), target) == wanted
    assert PcValues(encoded(merged)).at(target) == wanted


@given(st.binary(max_size=200), st.integers(0, 1 << 20))
def test_any_bytes_are_a_value_or_too_short(data: bytes, target: int) -> None:
    with contextlib.suppress(IndexError):
        assert isinstance(value_in(data, target), int)
        assert PcValues(data).at(target) == value_in(data, target)
