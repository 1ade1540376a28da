"""The entry point. It imports next to nothing, so that Ctrl-C ends gotop without a traceback from the first moment."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until `guarded` can answer for it
    from gotop.cli.commands import guarded

    sys.exit(guarded())
