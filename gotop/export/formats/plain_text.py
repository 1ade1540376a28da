"""The report as text, as `--text` prints it."""

from __future__ import annotations

from gotop.export.registry import Exporter, Selection, register
from gotop.export.text_report import as_text
from gotop.model.session import Session


def make(session: Session, _: Selection) -> bytes:
    """Return the report in UTF-8."""
    return as_text(session).encode()


register(Exporter("text", "the report as text", "report.txt", make))
