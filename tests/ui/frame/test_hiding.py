"""What the key for hiding leads to."""

from __future__ import annotations

from gotop.model.queries import Hide
from gotop.ui.frame.hiding import HIDE_WORDS, next_hide


def test_the_key_goes_round() -> None:
    assert next_hide(Hide.NOTHING) is Hide.RUNTIME
    assert next_hide(Hide.RUNTIME) is Hide.STANDARD
    assert next_hide(Hide.STANDARD) is Hide.NOTHING


def test_each_has_its_words_and_only_nothing_has_none() -> None:
    assert set(HIDE_WORDS) == set(Hide)
    assert [hide for hide, words in HIDE_WORDS.items() if not words] == [Hide.NOTHING]
