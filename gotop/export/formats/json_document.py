"""The report as JSON: indented in a file, one line on stdout, where programs read it."""

from __future__ import annotations

from gotop import printable
from gotop.export.json_report import as_json, document
from gotop.export.registry import Exporter, Selection, register
from gotop.model.session import Session


def make(session: Session, selection: Selection) -> bytes:
    """Return the document, indented by one blank; on stdout as `--json` prints it."""
    limits = selection.limits
    text = as_json(session, limits) if selection.printed else printable.as_json(document(session, limits), indent=1)
    return (text + "\n").encode()


register(Exporter("json", "all figures as JSON", "json", make))
