"""Where a pattern occurs: first around a place, then everywhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gotop.golang import search
from gotop.golang.search import positions_near


@given(st.binary(max_size=60).map(lambda data: bytes(byte % 3 for byte in data)), st.integers(0, 60))
def test_every_place_is_found(data: bytes, near: int) -> None:
    pattern = b"\x01\x02"
    wanted = {at for at in range(len(data)) if data.startswith(pattern, at)}
    assert set(positions_near(data, pattern, near)) == wanted


def test_what_is_near_comes_first() -> None:
    data = bytearray(4 * search._WINDOW)
    far, close = 10, 3 * search._WINDOW
    data[far] = data[close] = 1
    assert list(positions_near(bytes(data), b"\x01", close + 5)) == [close, far, close]
