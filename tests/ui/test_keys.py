"""All keys."""

from __future__ import annotations

from textual.binding import Binding

from gotop.ui import keys, views
from tools.make_key_table import BEGIN, END, PAGE, table

EVERY = [
    *views.view_bindings(),
    *(
        binding
        for name in vars(keys)
        if isinstance(getattr(keys, name), tuple)
        for binding in getattr(keys, name)
        if isinstance(binding, Binding)
    ),
]


def test_every_key_has_a_name_and_an_id_of_its_own() -> None:
    ids = [binding.id for binding in EVERY]
    assert None not in ids and len(set(ids)) == len(ids)
    assert all(binding.description for binding in EVERY)


def test_help_leaves_no_key_out() -> None:
    shown = {binding.id for column in views.key_groups() for _, bindings in column for binding in bindings}
    assert {binding.id for binding in EVERY} - shown == {"help.close"}


def test_the_page_has_every_key_as_it_is_bound() -> None:
    text = PAGE.read_text()
    assert text.partition(BEGIN)[2].partition(END)[0] == table(), "run: python -m tools.make_key_table"
