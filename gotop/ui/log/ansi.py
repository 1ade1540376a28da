"""A line with terminal escape sequences as coloured segments; everything that is no colour is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

_SEQUENCE = re.compile(
    r"\x1b\[(?P<sgr>[0-9;:]*)m"
    r"|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\-_]|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
_ON = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike"}
_OFF = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",), 29: ("strike",)}
TAB = 8


def segments(text: str) -> Iterator[Segment]:
    """Return the printable pieces of a line and their styles."""
    style, last = Style(), 0
    text = text.expandtabs(TAB)
    for match in _SEQUENCE.finditer(text):
        if match.start() > last:
            yield Segment(text[last : match.start()], style)
        last = match.end()
        codes = match.group("sgr")
        if codes is not None:
            style = _apply(style, [int(code) if code else 0 for code in re.split("[;:]", codes)])
    if last < len(text):
        yield Segment(text[last:], style)


def plain(text: str) -> str:
    """Return the line as it is read: without escape sequences."""
    return _SEQUENCE.sub("", text.expandtabs(TAB))


def _apply(style: Style, codes: list[int]) -> Style:
    rest = iter(codes)
    for code in rest:
        if code == 0:
            style = Style()
        elif code in _ON:
            style += Style(**{_ON[code]: True})  # type: ignore[arg-type]
        elif code in _OFF:
            style += Style(**dict.fromkeys(_OFF[code], False))  # type: ignore[arg-type]
        elif code in (38, 48):
            color = _extended(rest)
            if color:
                style += Style(color=color) if code == 38 else Style(bgcolor=color)
        elif color := _basic(code):
            style += Style(color=color) if code % 100 < 40 or 90 <= code < 100 else Style(bgcolor=color)
    return style


def _basic(code: int) -> Color | None:
    for first, offset in ((30, 0), (40, 0), (90, 8), (100, 8)):
        if first <= code < first + 8:
            return Color.from_ansi(code - first + offset)
    return Color.default() if code in (39, 49) else None


def _extended(rest: Iterator[int]) -> Color | None:
    kind = next(rest, 0)
    if kind == 5:
        return Color.from_ansi(min(255, next(rest, 0)))
    if kind == 2:
        red, green, blue = (min(255, next(rest, 0)) for _ in range(3))
        return Color.from_rgb(red, green, blue)
    return None
