"""Names of windows, and when two marks are compared."""

from __future__ import annotations

from gotop.model.queries import Window
from gotop.ui.frame.time_windows import PLAIN_WINDOWS, WINDOW_TITLES, compares_marks
from tests.streams import session_of, three_stacks, tick


def test_every_window_that_can_be_chosen_has_a_title() -> None:
    assert {*PLAIN_WINDOWS, Window.MARK} == set(WINDOW_TITLES)
    assert len(set(WINDOW_TITLES.values())) == len(WINDOW_TITLES)


def test_marks_are_compared_where_there_are_two_and_one_looks_at_them() -> None:
    session = session_of([*three_stacks(), tick(1, {0: (1, 16, 0)})])
    found = []
    for second in (2, 3, 4):
        found.append(compares_marks(session.now, Window.MARK))
        session.mark()
        session.apply(tick(second, {0: (1, 16, 0)}, seq=second))
    assert found == [False, False, True]
    assert not compares_marks(session.now, Window.TOTAL)
