"""Text from outside made fit to be shown: control characters are shown, never sent.

Names of processes, files, functions and types, labels, arguments and log lines are chosen by strangers. What a terminal
would obey (C0, C1, DEL), what turns text around or hides in it (bidirectional and zero-width characters, line
separators), and bytes that were no UTF-8 (surrogates) are replaced wherever text leaves gotop: by escapes in lines of
text, by one character each in the cells of the screen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PICTURES, _DELETE = 0x2400, "\u2421"
_REPLACEMENT = "\ufffd"


def printable(text: str) -> str:
    """`text` as part of one line: what may not be sent becomes an escape (`\\x1b`, `\\n`, `\\u202e`).

    A byte that is not UTF-8, as `os.fsdecode` hands it over, becomes `\\xff`.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    if char in _NAMED:
        return _NAMED[char]
    if 0xDC80 <= code <= 0xDCFF:  # a byte, see PEP 383
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def printable_lines(text: str) -> str:
    """As `printable`, for text whose line breaks are meant."""
    return "\n".join(map(printable, text.split("\n")))


def one_cell(text: str) -> str:
    """`text` for the screen, where each character has its cell: C0 become their Unicode pictures (␛), others �."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(_PICTURES + code)
    return _DELETE if code == 0x7F else _REPLACEMENT


def as_json(document: Any, indent: int | None = None) -> str:
    """A document as JSON in ASCII that is safe on a terminal. Bytes that are not UTF-8 become escapes in its strings:
    a lone surrogate is refused by strict parsers.

    Raises:
        ValueError: there is a NaN or an infinity in it.
    """
    text = json.dumps(document, allow_nan=False, indent=indent)
    if "\\ud" in text:  # a surrogate, alone or as half of a pair: rare, and documents are large
        text = json.dumps(_unicode(document), allow_nan=False, indent=indent)
    return text.replace("\x7f", "\\u007f")


def without_surrogates(text: str) -> str:
    """Bytes that are not UTF-8, as `os.fsdecode` hands them over, as escapes; everything else as it is. The protocol
    tells paths and arguments in the same way.
    """
    return text if text.isascii() else _SURROGATES.sub(_escape, text)


def _unicode(value: Any) -> Any:
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, dict):
        return {_unicode(key): _unicode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_unicode(item) for item in value]
    return value


class MultilineText(str):
    """A message of several lines. `lines`: each of them, in which a line break is none."""

    lines: tuple[str, ...]

    def __new__(cls, *lines: str) -> MultilineText:
        """Made of its lines."""
        made = super().__new__(cls, "\n".join(lines))
        made.lines = lines
        return made


def lines_of(message: BaseException | str) -> Iterable[str]:
    """The lines of a message, or of an exception that carries one: one, unless it is `MultilineText`."""
    if isinstance(message, BaseException):
        last = message.args[-1] if message.args else ""
        return last.lines if isinstance(last, MultilineText) else (str(message),)
    return message.lines if isinstance(message, MultilineText) else (message,)
