"""The report as text, in UTF-8."""

from __future__ import annotations

from gotop.export.formats import plain_text
from gotop.export.registry import ALL
from gotop.export.text_report import as_text
from gotop.model.session import Session


def test_it_is_what_text_prints(session: Session) -> None:
    assert plain_text.make(session, ALL).decode() == as_text(session)
