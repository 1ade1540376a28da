"""Keys and theme as the configuration file has them, and a theme that is chosen on the screen kept in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.app import App

from gotop import config


def apply(app: App[Any], settings: config.Config, file: Path | None) -> None:
    """Bind keys as configured, say what is wrong in the file, and keep themes that are chosen from now on in it.

    `file`: None keeps nothing.
    """
    if settings.keys:
        app.set_keymap(settings.keys)
    for problem in settings.problems:
        app.notify(problem, title="Configuration", severity="warning", timeout=12, markup=False)
    if settings.theme and settings.theme not in app.available_themes:
        app.notify(f"There is no theme “{settings.theme}”.", severity="warning", timeout=12, markup=False)

    def keep_theme(name: str) -> None:
        problem = config.keep_theme(file, name) if file is not None else ""
        if problem:
            app.notify(problem, severity="warning", timeout=6, markup=False)

    app.theme_changed_signal.subscribe(app, lambda theme: keep_theme(theme.name))
