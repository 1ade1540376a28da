"""Own lines and functions in the text report: ordered by bytes, cut, and silent where there is nothing."""

from __future__ import annotations

from gotop.export.text_groups import FUNCTIONS, OWN_LINES, functions, own_lines
from gotop.model.queries import Window
from gotop.model.session import Session
from tests.streams import session_of, three_stacks, tick


def test_lists_are_cut_and_say_how_many_are_left_out(session: Session) -> None:
    for lines, most in ((own_lines, OWN_LINES), (functions, FUNCTIONS)):
        blank, head, *rows = lines(session, Window.TOTAL)
        assert blank == "" and ("bytes/s" in head)
        assert len(rows) <= most + 1
        assert (len(rows) == most + 1) == rows[-1].startswith("… and ")


def test_functions_are_those_that_call_the_site_too() -> None:
    session = session_of([*three_stacks(), tick(1, {0: (2, 32, 0), 2: (5, 500, 0)})])
    lines = list(functions(session, Window.TOTAL))
    names = [next(word for word in line.split() if word.startswith("main.")) for line in lines[2:]]
    assert names[0] == "main.main" and set(names) >= {"main.a", "main.b"}


def test_a_mode_without_callers_says_that_both_are_the_same() -> None:
    session = session_of([*three_stacks(mode="sites"), tick(1, {0: (2, 32, 0)})])
    assert list(functions(session, Window.TOTAL))[-1].startswith("mode sites keeps no callers")


def test_where_there_is_nothing_there_is_no_table() -> None:
    assert list(own_lines(Session(lambda: 0.0), Window.TOTAL)) == []
    assert list(functions(Session(lambda: 0.0), Window.TOTAL)) == []
