"""A child process: signals to it, waiting for its end, and its exit status."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import time
from pathlib import Path

POLL_S = 0.01


class Child:
    """A child of this process, or one that becomes a child when the agent dies.

    A pidfd is held where the kernel has them, so that a signal never hits another process with a reused number.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.status: int | None = None
        self._pidfd = -1
        with contextlib.suppress(OSError):
            self._pidfd = os.pidfd_open(pid)

    def reap(self) -> int | None:
        """The wait status once it has ended and is our child; None before, and for processes of others."""
        if self.status is None:
            with contextlib.suppress(ChildProcessError):
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                self.status = status if pid else None
        return self.status

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        if self.reap() is not None:
            return False
        if self._pidfd < 0:
            return Path(f"/proc/{self.pid}").exists()
        return not select.select([self._pidfd], [], [], 0)[0]

    def send_signal(self, number: int) -> bool:
        """Send a signal; False where the process is gone."""
        if not self.running:
            return False
        try:
            if self._pidfd >= 0:
                signal.pidfd_send_signal(self._pidfd, number)
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True

    def terminate(self, grace: float) -> None:
        """Send SIGTERM, and after `grace` seconds SIGKILL, and wait for the end."""
        if self.send_signal(signal.SIGTERM) and not self.wait(grace):
            self.send_signal(signal.SIGKILL)
            self.wait(grace)

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False where it still runs after that time."""
        deadline = time.monotonic() + seconds
        while self.running:
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_S)
        return True

    async def wait_async(self, seconds: float | None = None) -> bool:
        """As `wait`, on the event loop; without a time limit if none is given."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while self.running:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            await self._wait_for_exit(left)
        return True

    async def _wait_for_exit(self, seconds: float | None) -> None:
        """Wait at most `seconds` for the kernel to report the end on the pidfd; without one, for one poll."""
        if self._pidfd < 0:
            await asyncio.sleep(POLL_S)
            return
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        own = os.dup(self._pidfd)  # a loop has one reader a descriptor, and somebody else may be waiting, too
        loop.add_reader(own, ended.set)
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), seconds)
        finally:
            loop.remove_reader(own)
            os.close(own)
