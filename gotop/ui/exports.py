"""Files that a user asks for: exports of session and screen, and the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any

from textual.app import App, SystemCommand

from gotop.export.exporters import EXPORTERS
from gotop.export.registry import ALL, Exporter, Selection
from gotop.model.queries import Window
from gotop.model.session import Session
from gotop.ui.screenshot import ScreenCapture, write_new_file

WINDOW_OF = {
    Window.NOW: "of the last second", Window.S10: "of the last 10 s", Window.S60: "of the last 60 s",
    Window.MARK: "since the mark",
}  # fmt: skip


class Exports:
    """Writes new files into the working directory. What goes wrong with one is said on the screen, and that is all.
    `window`: which one is shown.
    """

    def __init__(self, app: App[Any], session: Session, window: Callable[[], Window]) -> None:
        self._app = app
        self._session = session
        self._window = window

    def commands(self) -> Iterator[SystemCommand]:
        """The palette's entries: one for every format, and one for its window where one is shown."""
        window = self._window()
        for each in EXPORTERS.values():
            yield SystemCommand(f"Export {each.title}", f"a new file, .{each.extension}", self._writer(each, ALL))
            if each.windows and window is not Window.TOTAL:
                title = f"Export {each.title}, {WINDOW_OF[window]}"
                yield SystemCommand(title, f"a new file, .{each.extension}", self._writer(each, Selection(window)))

    def _writer(self, exporter: Exporter, selection: Selection) -> Callable[[], object]:
        """A call that writes a file once the palette is closed: the picture is of what was below it."""
        return lambda: self._app.set_timer(0.1, lambda: self._export(exporter, selection))

    def export(self, name: str) -> None:
        """Write the format of that name (a key of `gotop.export.exporters.EXPORTERS`)."""
        self._export(EXPORTERS[name], ALL)

    def _export(self, exporter: Exporter, selection: Selection) -> None:
        try:
            data = exporter.make(self._session, ScreenCapture(self._app), selection)
        except Exception as error:  # whatever is wrong with one format, the monitor goes on
            self._app.notify(f"{exporter.name}: {error or type(error).__name__}", severity="error", markup=False)
            return
        self.save(data, exporter.extension)

    def save(self, data: bytes, extension: str) -> None:
        """Write a new file and say where it is, or why there is none."""
        target = self._session.target
        try:
            file = write_new_file(PurePath(target.program).name if target else "", extension, data)
        except OSError as error:
            self._app.notify(f"Not written: {error.strerror}", severity="error", markup=False)
        else:
            self._app.notify(f"{file.name}\nin {file.parent}", title="Written", timeout=6, markup=False)
