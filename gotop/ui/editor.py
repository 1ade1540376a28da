"""Opening the user's editor at a line, and coming back."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import PurePath
from typing import Any

from textual.app import App, SuspendNotSupported

_COLON = ("code", "codium", "cursor", "subl", "zed", "hx", "helix")


def editor_command(path: str, line: int) -> list[str]:
    """Return the command that opens a file at a line: $VISUAL or $EDITOR, each with its own way of naming the line; vi
    where neither is set.
    """
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi") or ["vi"]
    name = PurePath(words[0]).name
    if name in _COLON:
        goto = ["-g"] if name in ("code", "codium", "cursor") else []
        return [*words, *goto, f"{path}:{line}"]
    return [*words, f"+{line}", path]


def open_editor(app: App[Any], path: str, line: int) -> str:
    """Give the terminal to the editor until it ends. Returns what went wrong, "" if nothing did."""
    try:
        words = editor_command(path, max(1, line))
        with app.suspend():
            done = subprocess.run(words, check=False)
    except SuspendNotSupported:
        return "An editor needs a terminal, and there is none here."
    except (OSError, ValueError) as error:
        return f"The editor cannot be started: {getattr(error, 'strerror', None) or error}."
    return f"{words[0]} ended with exit code {done.returncode}." if done.returncode else ""
