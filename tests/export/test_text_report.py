"""The report as text: what it says of a session, and what it leaves out."""

from __future__ import annotations

from gotop.export.text_report import as_text
from gotop.model.session import Session
from tests.streams import session_of, three_stacks, tick, totals


def test_sites_come_by_bytes_with_their_figures() -> None:
    session = session_of([*three_stacks(), tick(2, {0: (3, 48, 0), 2: (5, 5000, 0)}, totals([(8, 5048, 0)]), dur=2)])
    lines = as_text(session).splitlines()
    assert "shopd" not in lines[0] and "service" in lines[0]
    places = [number for number, line in enumerate(lines) if "main.b" in line or "main.a" in line]
    assert len(places) >= 2 and "main.b" in lines[places[0]]
    assert not any(line != line.rstrip() for line in lines)


def test_a_session_before_anything_came_is_told_too() -> None:
    assert as_text(Session(lambda: 0.0))


def test_a_recording_of_everything_is_one_document(session: Session) -> None:
    text = as_text(session)
    assert text.endswith("\n") or text.splitlines()[-1]
    assert ("\x1b" not in text and "main.(*api).listOrders" in text) or "main." in text
