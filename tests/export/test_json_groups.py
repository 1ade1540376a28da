"""Own lines add up to all allocations; functions with all that they call do not, and say how many are left out."""

from __future__ import annotations

from gotop.export.json_groups import functions, own_lines
from gotop.export.json_tables import Limits
from gotop.model.queries import Window
from gotop.model.session import Session


def test_own_lines_and_the_rest_are_all_there_is(session: Session) -> None:
    whole, cut = own_lines(session, Window.TOTAL, Limits()), own_lines(session, Window.TOTAL, Limits(top=2))
    assert whole["mine_rest"] is None and len(cut["mine"]) == 2 and cut["mine"] == whole["mine"][:2]
    for figure in ("allocs", "bytes"):
        every = sum(row[figure] for row in whole["mine"])
        assert every == getattr(session.totals(), figure)
        assert sum(row[figure] for row in cut["mine"]) + cut["mine_rest"][figure] == every
    assert cut["mine_rest"]["rows"] == len(whole["mine"]) - 2


def test_a_line_is_somebodys_own_or_says_where_it_was_instead(session: Session) -> None:
    for row in own_lines(session, Window.TOTAL, Limits())["mine"]:
        assert bool(row["elsewhere"]) != bool(row["function"])
        assert not row["function"] or (row["file"] and row["line"])


def test_functions_have_what_they_call_and_what_they_do_themselves(session: Session) -> None:
    found = functions(session, Window.TOTAL, Limits(top=3))
    every = functions(session, Window.TOTAL, Limits())
    assert len(found["functions"]) == 3
    assert found["functions_left_out"] == len(every["functions"]) + every["functions_left_out"] - 3
    for row in every["functions"]:
        assert 0 <= row["flat_bytes"] <= row["bytes"] and 0 <= row["flat_allocs"] <= row["allocs"]
    assert sum(row["flat_bytes"] for row in every["functions"]) == session.totals().bytes


def test_a_session_without_a_service_has_empty_lists() -> None:
    empty = Session(lambda: 0.0)
    assert own_lines(empty, Window.TOTAL, Limits()) == {"mine": [], "mine_rest": None}
    assert functions(empty, Window.TOTAL, Limits()) == {"functions": [], "functions_left_out": 0}
