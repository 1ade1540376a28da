"""Bytes of a file, searched in blocks."""

from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st

from gotop.golang.elf import FileBytes


@given(st.binary(min_size=1, max_size=300), st.data())
def test_bytes_are_found_across_blocks(data: bytes, drawn: st.DataObject) -> None:
    start = drawn.draw(st.integers(0, len(data)))
    end = drawn.draw(st.integers(start, len(data)))
    pattern = drawn.draw(st.one_of(st.binary(min_size=1, max_size=4), st.just(data[start:end][:5] or b"x")))
    small = FileBytes(BytesIO(data), block=7)
    assert small.find(pattern, start, end) == data.find(pattern, start, end)
    assert small.read(start, end - start) == data[start:end]
