"""The report as text, as `--text` prints it."""

from __future__ import annotations

from gotop.export.registry import Exporter, ScreenContent, register
from gotop.export.text_report import as_text
from gotop.model.session import Session


def make(session: Session, _: ScreenContent | None) -> bytes:
    """The report in UTF-8."""
    return as_text(session).encode()


register(Exporter("text", "the report as text", "report.txt", make))
