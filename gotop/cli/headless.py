"""Report instead of drawing: watch until the end, the time or Ctrl-C, then print one document on stdout."""

from __future__ import annotations

import asyncio

from gotop.cli import output
from gotop.cli.export_option import print_report
from gotop.cli.signals import on_signals, run_async
from gotop.cli.watch import watch
from gotop.model.session import Session
from gotop.ui.feed import Feed


def watch_and_report(feed: Feed, session: Session, seconds: float | None, form: str) -> None:
    """Watch, then print the report, `json`, `text`, or "" for none."""
    run_async(_watch(feed, session, seconds))
    if form:
        print_report(session, form)
    notice = session.health().notice
    if notice:  # in the document, too; but who reads that of a run that went wrong
        output.say(notice)


async def _watch(feed: Feed, session: Session, seconds: float | None) -> None:
    stop_requested = asyncio.Event()
    on_signals(stop_requested.set)
    await watch(feed, session, seconds, stop_requested)
