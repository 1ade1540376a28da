"""Names of strangers are shown by Markdown and not obeyed."""

from __future__ import annotations

from gotop.export.markdown import code, plain, table


def test_characters_that_mean_something_are_text() -> None:
    assert plain("a*b_<script>@x\n") == "a\\*b\\_&lt;script&gt;&#64;x\\\\n"


def test_code_holds_backticks_and_bars() -> None:
    assert code("f[a|b]") == "`f[a\\|b]`"
    assert code("a`b``c") == "``` a`b``c ```"
    assert code("") == "–"


def test_a_table_has_as_many_cells_in_every_line() -> None:
    lines = list(table(["a", "b"], [["1", code("|")]], 1))
    assert lines == ["| a | b |", "|---:|---|", "| 1 | `\\|` |"]
