"""The report as JSON: indented in a file, one line on stdout, where programs read it."""

from __future__ import annotations

from gotop import printable
from gotop.export.json_report import as_json, document
from gotop.export.registry import Exporter, ScreenContent, register
from gotop.model.session import Session


def make(session: Session, _: ScreenContent | None) -> bytes:
    """The document, indented by one blank."""
    return (printable.as_json(document(session), indent=1) + "\n").encode()


def one_line(session: Session) -> bytes:
    """The same document, as `--json` prints it."""
    return (as_json(session) + "\n").encode()


register(Exporter("json", "all figures as JSON", "json", make, to_stdout=one_line))
