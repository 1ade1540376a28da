"""What leaves gotop as text: no control character of anybody's reaches a terminal, and JSON stays JSON."""

from __future__ import annotations

import json
import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotop.printable import MultilineText, as_json, lines_of, one_cell, printable, printable_lines

ANY_TEXT = st.text(st.characters(), max_size=40)
OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name", "plain name"),
        ("größer → 漢字 👍", "größer → 漢字 👍"),
        ("a\x1b]0;PWNED\a\x1b[2J", "a\\x1b]0;PWNED\\x07\\x1b[2J"),
        ("two\nlines\r\n\ttab", "two\\nlines\\r\\n\\ttab"),
        ("\x9b31m\x7f", "\\x9b31m\\x7f"),
        ("\u202egnp.exe\u2066", "\\u202egnp.exe\\u2066"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("tag\U000e0041", "tag\\U000e0041"),
        (os.fsdecode(b"b\xff\x9b"), "b\\xff\\x9b"),
    ],
)
def test_control_characters_are_shown(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


@given(ANY_TEXT)
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    for shown in (printable(text), one_cell(text), printable_lines(text).replace("\n", "")):
        assert not any(unicodedata.category(char) in OBEYED for char in shown)
        shown.encode()
    assert len(one_cell(text)) == len(text)


@given(
    st.recursive(ANY_TEXT | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner))
)
def test_json_is_json_and_safe(document: object) -> None:
    written = as_json(document)
    assert written.isascii() and written.isprintable()
    json.loads(written).__repr__().encode()  # no lone surrogate in it


def test_json_has_no_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json({"rate": float("nan")})


def test_only_lines_that_are_meant_are_made() -> None:
    assert list(lines_of(ValueError("a\nb"))) == ["a\nb"]
    assert list(lines_of(ValueError(MultilineText("a", "b")))) == ["a", "b"]
    assert str(ValueError(MultilineText("a", "b"))) == "a\nb"
