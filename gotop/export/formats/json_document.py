"""The report as JSON: indented in a file, one line on stdout, where programs read it."""

from __future__ import annotations

from gotop import printable
from gotop.export.json_report import as_json, document
from gotop.export.json_tables import Limits
from gotop.export.registry import Exporter, ScreenContent, register
from gotop.model.session import Session


def make(session: Session, _: ScreenContent | None) -> bytes:
    """The document, indented by one blank."""
    return within(session, Limits(), False)


def one_line(session: Session) -> bytes:
    """The same document, as `--json` prints it."""
    return within(session, Limits(), True)


def within(session: Session, limits: Limits, printed: bool) -> bytes:
    """The document with other limits than the usual ones."""
    text = as_json(session, limits) if printed else printable.as_json(document(session, limits), indent=1)
    return (text + "\n").encode()


register(Exporter("json", "all figures as JSON", "json", make, to_stdout=one_line, within=within))
