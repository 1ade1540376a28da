"""Searching tables of tens of megabytes for what lies close together."""

from collections.abc import Iterator

_WINDOW = 1 << 17


def positions_near(data: bytes, pattern: bytes, near: int = 0) -> Iterator[int]:
    """Yield the positions of `pattern` in `data`: first those around `near`, then all from the start, so some come
    twice.

    The linker keeps a package together, so what is looked for next is nearly always where the last thing was found.
    """
    start, end = max(0, near - _WINDOW), near + _WINDOW
    yield from _within(data, pattern, start, end)
    yield from _within(data, pattern, 0, len(data))


def _within(data: bytes, pattern: bytes, start: int, end: int) -> Iterator[int]:
    while (start := data.find(pattern, start, end)) >= 0:
        yield start
        start += 1
