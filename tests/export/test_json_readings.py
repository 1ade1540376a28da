"""A reading as a line of JSON: totals, the sites that allocate most now, and one row for the others."""

from __future__ import annotations

from gotop.export.json_readings import TOP, reading, report
from gotop.export.json_tables import Limits
from gotop.model.session import Session


def test_sites_and_the_rest_are_all_there_is(session: Session) -> None:
    whole, cut = reading(session, Limits()), reading(session, Limits(top=2))
    assert (whole["event"], whole["at"]) == ("reading", session.seconds)
    assert len(whole["sites"]) == min(TOP, len(whole["sites"]) + whole["sites_rest"]["sites"])
    assert len(cut["sites"]) == 2 and cut["sites"] == whole["sites"][:2]
    for line in (whole, cut):
        for figure in ("allocs", "bytes"):
            assert sum(site[figure] for site in line["sites"]) + line["sites_rest"][figure] == line["totals"][figure]
    assert cut["sites_rest"]["sites"] - whole["sites_rest"]["sites"] == len(whole["sites"]) - 2


def test_the_last_line_is_the_report(session: Session) -> None:
    last = report(session, Limits(top=1))
    assert last["event"] == "report" and len(last["sites"]) == 1
