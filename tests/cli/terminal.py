"""A real terminal for tests: a tmux server of its own, one pane, a shell in it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
import uuid
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PATIENCE_S = 60.0


class Terminal:
    """`with Terminal() as terminal: terminal.type("gotop demo\\n"); terminal.wait_for("allocs/s")`."""

    def __init__(self, columns: int = 120, lines: int = 36, **environment: str) -> None:
        self._server = f"gotop-test-{uuid.uuid4().hex[:8]}"
        self._size = (columns, lines)
        self._environment = {
            **os.environ, "PYTHONPATH": str(CHECKOUT), "PS1": "$ ", "TERM": "xterm-256color", "LANG": "C.UTF-8",
            "HISTFILE": "/dev/null", **environment,
        }  # fmt: skip

    def __enter__(self) -> Terminal:
        columns, lines = self._size
        shell = ["env", "-u", "TMUX", "bash", "--norc", "--noprofile", "-i"]
        self._tmux("new-session", "-d", "-x", str(columns), "-y", str(lines), *shell)
        self._tmux("set-option", "-g", "status", "off")
        self.type(f"alias gotop='{shlex.quote(sys.executable)} -m gotop'; clear")
        self.wait_for_prompt()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """As if its window was closed: everything in it is hung up."""
        subprocess.run(["tmux", "-L", self._server, "kill-server"], capture_output=True, check=False)

    def type(self, text: str, enter: bool = True) -> None:
        """Type text as it is."""
        self._tmux("send-keys", "-l", text)
        if enter:
            self.press("Enter")

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: C-c, Enter, Escape, Down."""
        self._tmux("send-keys", *keys)

    def resize(self, columns: int, lines: int) -> None:
        """Change the window's size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def screen(self, colours: bool = False) -> str:
        """What is on the screen now."""
        return self._tmux("capture-pane", "-p", *(["-e"] if colours else []))

    def wait_for(self, pattern: str, seconds: float = PATIENCE_S) -> str:
        """The screen once it shows the pattern."""
        deadline = time.monotonic() + seconds
        while True:
            screen = self.screen()
            if re.search(pattern, screen, re.MULTILINE):
                return screen
            if time.monotonic() > deadline:
                raise AssertionError(f"the screen did not show {pattern!r} within {seconds} s:\n{screen}")
            time.sleep(0.05)

    def wait_for_prompt(self, seconds: float = PATIENCE_S) -> str:
        """The screen once the shell is waiting again, with an empty command line at the end."""
        deadline = time.monotonic() + seconds
        while True:
            screen = self.screen().rstrip("\n")
            if screen.endswith("$") or screen.endswith("$ "):
                return screen
            if time.monotonic() > deadline:
                raise AssertionError(f"the shell's prompt did not come back within {seconds} s:\n{screen}")
            time.sleep(0.05)

    def exit_code(self) -> int:
        """The exit code of the last command; the shell has to be waiting."""
        self.type("echo code=$?")
        return int(re.findall(r"^code=(\d+)", self.wait_for(r"^code=\d+"), re.MULTILINE)[-1])

    def modes(self) -> tuple[str, str]:
        """The terminal's state that a full-screen program changes: stty's settings, and tmux's flags of the pane."""
        tty = self._tmux("display-message", "-p", "#{pane_tty}").strip()
        settings = subprocess.run(["stty", "-a", "-F", tty], capture_output=True, text=True, check=True).stdout
        settings = re.sub(r"rows \d+; columns \d+;", "", settings)
        flags = "alternate=#{alternate_on} cursor=#{cursor_flag} mouse=#{mouse_any_flag} keypad=#{keypad_flag}"
        return settings, self._tmux("display-message", "-p", flags).strip()

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-L", self._server, "-f", "/dev/null", *arguments]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(f"{' '.join(arguments)}: {done.stderr}")
        return done.stdout
