"""The runtime in the text report."""

from __future__ import annotations

import re

from gotop.export.text_report import as_text
from tests.streams import hello, session_of, tick
from tests.ui.busy import Busy


def test_goroutines_collections_and_paths_have_their_tables() -> None:
    text = as_text(session_of(Busy().run(20)))
    assert re.search(r"224 +1.8. MB +\d", text), "a statement's living goroutines and their stacks"
    assert "main's first stack 2.05 kB" in text
    assert re.search(r"small without pointers$", text, re.M)


def test_of_a_runtime_that_nothing_is_known_of_no_table_is_made() -> None:
    text = as_text(session_of([hello(), tick(1)]))
    assert "main's first stack –" in text, "a dash, and no 0"
    assert "without pointers" not in text
