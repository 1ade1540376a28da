"""The service's output as lines, however it was cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gotop.agent.protocol import Log
from gotop.model.status.log import MAX_LINE, MAX_LINES, LogBuffer


def texts(buffer: LogBuffer) -> list[str]:
    return [line.text for line in buffer.lines()]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=60), st.lists(st.integers(0, 300)))
def test_lines_and_characters_survive_any_cut(text: str, cuts: list[int]) -> None:
    data = text.encode()
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    buffer = LogBuffer()
    for start, end in pairwise(edges):
        buffer.add_output(Log(1, start, data[start:end]))
    *whole, rest = text.split("\n")
    assert texts(buffer) == whole
    buffer.flush_lines()
    assert texts(buffer) == whole + ([rest] if rest else [])


def test_streams_do_not_mix_inside_a_line() -> None:
    buffer = LogBuffer()
    buffer.add_output(Log(1, 0, b"out"))
    buffer.add_output(Log(2, 0, b"err\n"))
    assert (texts(buffer), buffer.partial(1)) == (["err"], "out")
    buffer.add_output(Log(1, 3, b"put\r\n"))
    assert [(line.fd, line.text, line.number) for line in buffer.lines()] == [(2, "err", 1), (1, "output", 2)]
    assert texts(buffer)[1:] == [line.text for line in buffer.lines(after=1)]


@given(st.binary(max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_a_new_connection_sends_the_last_of_it_again(data: bytes, cut: int, back: int) -> None:
    cut = min(cut, len(data))
    begin = max(0, cut - back)
    once, twice = LogBuffer(), LogBuffer()
    once.add_output(Log(1, 0, data))
    twice.add_output(Log(1, 0, data[:cut]))
    twice.add_output(Log(1, begin, data[begin:]))
    assert (texts(once), once.partial(1)) == (texts(twice), twice.partial(1))


def test_lost_bytes_are_told_before_the_line_that_follows() -> None:
    buffer = LogBuffer()
    buffer.add_output(Log(1, 0, b"one\nhalf"))
    buffer.add_output(Log(1, 108, b"two\n", skipped=100))
    assert [(line.text, line.gap) for line in buffer.lines()] == [("one", 0), ("half", 0), ("two", 100)]


def test_bounded_in_lines_and_without_ends_of_lines() -> None:
    buffer = LogBuffer()
    data = b"x\n" * (MAX_LINES + 5)
    buffer.add_output(Log(1, 0, data))
    assert (len(buffer.lines()), buffer.last_number) == (MAX_LINES, MAX_LINES + 5)
    assert [line.number for line in buffer.lines(after=MAX_LINES + 3)] == [MAX_LINES + 4, MAX_LINES + 5]
    buffer.add_output(Log(2, 0, bytes(3 * MAX_LINE)))
    assert len(buffer.partial(2)) <= MAX_LINE


def test_numbers_go_on_after_it_was_cleared() -> None:
    buffer = LogBuffer()
    buffer.add_output(Log(1, 0, b"one\n"))
    buffer.clear()
    buffer.add_output(Log(1, 0, b"two\n"))
    assert [(line.number, line.text) for line in buffer.lines(after=1)] == [(2, "two")]
