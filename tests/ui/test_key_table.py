"""The table of keys in docs/keys.md is that of the bindings; so is the help page, see test_app.py."""

from __future__ import annotations

from tools.make_key_table import BEGIN, END, PAGE, table


def test_the_page_has_every_key_as_it_is_bound() -> None:
    text = PAGE.read_text()
    assert text.partition(BEGIN)[2].partition(END)[0] == table(), "run: python -m tools.make_key_table"
