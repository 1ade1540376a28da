"""What the app keeps and gives away as files: exports of session and screen, and the theme one has chosen."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath

from textual.app import App, SystemCommand

from gotop import config
from gotop.export.exporters import EXPORTERS
from gotop.export.registry import Exporter
from gotop.model.session import Session
from gotop.model.status.values import Ending
from gotop.ui.screenshot import ScreenCapture, write


class FilesApp(App[Ending | None]):
    """The part of the app that writes. What goes wrong with a file is said, and that is all."""

    session: Session
    config_file: Path | None = None

    async def action_export(self, name: str = "") -> None:
        """Write a file; without a name: choose which."""
        if name:
            self._export(EXPORTERS[name])
            return
        await self.search_commands(
            [(command.title, command.callback, command.help) for command in self.exports()],
            placeholder="Which file is to be written into the working directory",
        )

    def exports(self) -> Iterable[SystemCommand]:
        """All formats there are."""
        for exporter in EXPORTERS.values():
            # The palette is closed before it is called: the picture is of what was below it.
            call = lambda exporter=exporter: self.set_timer(0.1, lambda: self._export(exporter))  # noqa: E731
            yield SystemCommand(f"Export {exporter.title}", f"a new file, .{exporter.extension}", call)

    def _export(self, exporter: Exporter) -> None:
        try:
            data = exporter.make(self.session, ScreenCapture(self))
        except Exception as error:  # whatever is wrong with one format, the monitor goes on
            self.notify(f"{exporter.name}: {error or type(error).__name__}", severity="error", markup=False)
            return
        self.save(data, exporter.extension)

    def save(self, data: bytes, extension: str) -> None:
        """Write a new file and say where it is, or why there is none."""
        target = self.session.target
        try:
            file = write(PurePath(target.exe).name if target else "", extension, data)
        except OSError as error:
            self.notify(f"Not written: {error.strerror}", severity="error", markup=False)
        else:
            self.notify(f"{file.name}\nin {file.parent}", title="Written", timeout=6, markup=False)

    def follow_config(self, settings: config.Config) -> None:
        """Bind keys as configured, say what is wrong, and keep themes that are chosen from now on."""
        if settings.keys:
            self.set_keymap(settings.keys)
        for problem in settings.problems:
            self.notify(problem, title="Configuration", severity="warning", timeout=12, markup=False)
        if settings.theme and settings.theme not in self.available_themes:
            self.notify(f"There is no theme “{settings.theme}”.", severity="warning", timeout=12, markup=False)
        self.theme_changed_signal.subscribe(self, lambda theme: self._keep_theme(theme.name))

    def _keep_theme(self, name: str) -> None:
        if self.config_file is not None:
            problem = config.keep_theme(self.config_file, name)
            if problem:
                self.notify(problem, severity="warning", timeout=6, markup=False)
