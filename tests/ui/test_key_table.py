"""README's table of keys is that of the bindings; so is the help page, see test_app.py."""

from __future__ import annotations

from tools.make_key_table import BEGIN, END, README, table


def test_readme_has_every_key_as_it_is_bound() -> None:
    text = README.read_text()
    assert text.partition(BEGIN)[2].partition(END)[0] == table(), "run: python -m tools.make_key_table"
