"""The screen as text, and where exported files go."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

from textual.app import App

from gotop.ui import _textual_internals


class ScreenCapture:
    """Implements `gotop.export.registry.ScreenContent` for an app."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app

    def text(self) -> str:
        """Return the lines, without the blanks at their ends."""
        strips = _textual_internals.screen_lines(self._app)
        return "".join(strip.text.rstrip() + "\n" for strip in strips)

    def svg(self) -> str:
        """Return what Textual's own screenshot command makes."""
        return self._app.export_screenshot(title="gotop")


def write_new_file(name: str, extension: str, data: bytes, now: float | None = None) -> Path:
    """Write a new file into the working directory, named after the service and the time; never over another.

    Raises:
        OSError: it cannot be written.
    """
    stem = re.sub(r"[^\w.-]", "_", name) or "service"
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    for number in range(1, 1000):
        again = f"-{number}" if number > 1 else ""
        path = Path.cwd() / f"gotop-{stem}-{stamp}{again}.{extension}"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        return path
    raise FileExistsError(17, "There are too many files of this name", str(Path.cwd()))
