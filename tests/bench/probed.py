"""gotop's command with one addition: it writes down when a picture is on its way to the terminal.

python -m tests.bench.probed FILE FRAMES run ./service   # a file for the instants, frames/s, gotop's arguments
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any, TextIO

from gotop.cli.main import main
from gotop.ui import app as ui
from gotop.ui.app import MonitorApp


def probe(app: type[MonitorApp], file: TextIO) -> None:
    """Have the app say the instant (CLOCK_MONOTONIC, ns) of each picture, and whether it is the first after a key."""
    act, shown = app.run_action, app.post_display_hook
    acted = False

    async def run_action(self: MonitorApp, *args: Any, **kwargs: Any) -> bool:
        nonlocal acted
        handled = await act(self, *args, **kwargs)
        acted = acted or handled
        return handled

    def post_display_hook(self: MonitorApp) -> None:
        nonlocal acted
        shown(self)
        print(time.monotonic_ns(), int(acted), file=file, flush=True)
        acted = False

    app.run_action, app.post_display_hook = run_action, post_display_hook  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    ui.FRAMES_PER_SECOND = float(sys.argv[2])
    with Path(sys.argv[1]).open("w") as instants:
        probe(MonitorApp, instants)
        sys.argv[1:] = sys.argv[3:]
        main()
