"""Report instead of drawing: watch until the end, the time or Ctrl-C, then print one document on stdout; or a line of
JSON for every reading meanwhile, too.
"""

from __future__ import annotations

import asyncio

from gotop.cli import output
from gotop.cli.export_option import Listing, print_reading, print_report
from gotop.cli.signals import on_signals, run_async
from gotop.cli.watch import watch
from gotop.model.session import Session
from gotop.ui.feed import Feed


def watch_and_report(feed: Feed, session: Session, seconds: float | None, form: str, listing: Listing) -> None:
    """Watch, then print the report, `json`, `ndjson`, `text`, or "" for none."""
    run_async(_watch(feed, session, seconds, listing if form == "ndjson" else None))
    if form:
        print_report(session, form, listing)
    notice = session.health().notice
    if notice:  # in the document, too; but who reads that of a run that went wrong
        output.say(notice)


async def _watch(feed: Feed, session: Session, seconds: float | None, readings: Listing | None) -> None:
    stop_requested = asyncio.Event()
    on_signals(stop_requested.set)
    printer = _ReadingPrinter(session, readings, stop_requested) if readings is not None else None
    await watch(feed, session, seconds, stop_requested)
    if printer is not None and printer.failed is not None:
        raise printer.failed


class _ReadingPrinter:
    """Prints each reading when it has come whole. When nobody reads that any more, it asks to stop: the service is
    ended, or let go, as at any other end, and `failed` is raised then.
    """

    def __init__(self, session: Session, listing: Listing, stop: asyncio.Event) -> None:
        self.failed: Exception | None = None
        self._session = session
        self._listing = listing
        self._stop = stop
        self._printed = session.now.timeline.current
        session.on_message = self._print

    def _print(self) -> None:
        newest = self._session.now.timeline.current
        if newest is self._printed or self._session.now.timeline.empty or self.failed is not None:
            return
        self._printed = newest
        try:
            print_reading(self._session, self._listing)
        except (OSError, output.OutputLost) as error:
            self.failed = error
            self._stop.set()
