"""A pseudo terminal of one process: for input that tmux would not pass on, such as bytes that are not UTF-8."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence

PATIENCE_S = 60.0
_SEQUENCE = re.compile(rb"\x1b\[[0-9;?<>=$:]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>78]")


class PseudoTerminal:
    """`with PseudoTerminal([…]) as terminal: terminal.wait_for("live")`; `process` is what runs in it."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], columns: int = 120, lines: int = 36
    ) -> None:
        self._ours, theirs = os.openpty()
        self.raw = b""
        self.resize(columns, lines)
        self.process = subprocess.Popen(
            words, env={**environment, "TERM": environment.get("TERM", "xterm-256color")},
            preexec_fn=lambda: os.login_tty(theirs),
        )  # fmt: skip
        os.close(theirs)

    def __enter__(self) -> PseudoTerminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def resize(self, columns: int, lines: int) -> None:
        """Change its size; what runs in it is told."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def send(self, data: bytes) -> None:
        """As if typed."""
        os.write(self._ours, data)

    def read(self, seconds: float) -> None:
        """Take what is written for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and self._take(left):
            pass

    def wait_for(self, text: str, seconds: float = PATIENCE_S) -> None:
        """Until this has been written since it was last waited for, colours and movements of the cursor aside."""
        end = time.monotonic() + seconds
        while text not in self.written():
            if not self._take(max(0.0, end - time.monotonic())) or time.monotonic() >= end:
                raise AssertionError(f"{text!r} was not written:\n{self.written()}")
        self.raw = b""

    def written(self) -> str:
        """What has been written since."""
        return _SEQUENCE.sub(b"", self.raw).decode("utf-8", "replace")

    def wait(self, seconds: float = PATIENCE_S) -> int:
        """The exit code, once it has ended."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it has not ended:\n{self.written()}"
            self._take(0.1)
        self.read(0.5)
        return int(self.process.returncode)

    def _take(self, seconds: float) -> bool:
        """Something, if it comes in time; False once nobody is at the other end any more."""
        if not select.select([self._ours], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._ours, 1 << 16)
        except OSError:
            return False
        self.raw += data
        return bool(data)
