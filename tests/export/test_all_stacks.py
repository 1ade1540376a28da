"""Every stack of a session, for formats of other tools."""

from __future__ import annotations

from gotop.export.all_stacks import all_stacks
from gotop.model.session import Session


def test_they_are_all_allocations_and_those_of_a_site_come_together(session: Session) -> None:
    rows = list(all_stacks(session))
    totals = session.totals()
    assert (sum(row.allocs for row in rows), sum(row.bytes for row in rows)) == (totals.allocs, totals.bytes)
    assert len({row.id for row in rows}) == len(rows)
    assert max(rows, key=lambda row: row.bytes).bytes >= rows[0].bytes > 0


def test_a_session_without_a_service_has_none() -> None:
    assert list(all_stacks(Session(lambda: 0.0))) == []
