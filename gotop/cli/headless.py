"""Report instead of drawing: watch until the end, the time or Ctrl-C, then print one document on stdout."""

from __future__ import annotations

import asyncio
import sys

from gotop.cli.signals import on_signals, run_async
from gotop.cli.watch import watch
from gotop.export.json_report import as_json
from gotop.export.text_report import as_text
from gotop.model.session import Session
from gotop.ui.feed import Feed


def watch_and_report(feed: Feed, session: Session, seconds: float | None, form: str) -> None:
    """Watch, then print the session as `json` or `text`."""
    run_async(_watch(feed, session, seconds))
    document = as_json(session) if form == "json" else as_text(session)
    sys.stdout.write(document if document.endswith("\n") else document + "\n")
    sys.stdout.flush()
    notice = session.health().notice
    if notice:  # in the document, too; but who reads that of a run that went wrong
        sys.stderr.write(f"gotop: {notice}\n")


async def _watch(feed: Feed, session: Session, seconds: float | None) -> None:
    stop_requested = asyncio.Event()
    on_signals(stop_requested.set)
    await watch(feed, session, seconds, stop_requested)
