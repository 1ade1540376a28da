"""One line on the terminal while the user has to wait; gone without a trace afterwards."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from types import TracebackType

from gotop.cli.output import redraw_line
from gotop.printable import printable

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
PATIENCE_S = 0.25


def progress_line(number: int, title: str, seconds: float, detail: str, width: int) -> str:
    """What is being done in at most `width` cells; the detail gives way first, and what is cut says so."""
    text = f"{FRAMES[number % len(FRAMES)]} {title}  {seconds:.1f} s  {detail}".rstrip()
    return text if len(text) <= width else text[: width - 1] + "…"


class Progress:
    """`with Progress("Building") as progress: progress.update("41 packages")`. Silent where stderr is no terminal."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._detail = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._draw, daemon=True)

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def update(self, detail: str) -> None:
        """What is being done right now."""
        self._detail = detail

    def _draw(self) -> None:
        started = time.monotonic()
        if self._ended.wait(PATIENCE_S):
            return
        number = 0
        while not self._ended.is_set():
            elapsed = time.monotonic() - started
            redraw_line(progress_line(number, printable(self._title), elapsed, printable(self._detail), self._width()))
            number += 1
            self._ended.wait(0.1)
        redraw_line("")

    @staticmethod
    def _width() -> int:
        return max(20, shutil.get_terminal_size().columns - 1)
