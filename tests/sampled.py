"""A running `tests/services/sampled`, told what to do, and a `gotop attach --sample-only` that watches it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack

from tests import toolchains
from tests.cli.running import PATIENCE_S, Runner, command, next_line, wait_until


class Service:
    """The service as a child process; every command returns when it is done."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.pid = process.pid

    def do(self, *words: object) -> None:
        """Have one line done."""
        assert self.process.stdin
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        assert next_line(self.process, 10 * PATIENCE_S) == "done\n"

    def become_anew(self) -> None:
        """Have it become the same program anew, at the same addresses."""
        assert self.process.stdin
        self.process.stdin.write("exec\n")
        self.process.stdin.flush()
        assert next_line(self.process, 10 * PATIENCE_S) == "ready\n"

    def end(self) -> None:
        """Let it end by itself."""
        self.process.communicate(timeout=10 * PATIENCE_S)


@contextlib.contextmanager
def service(version: str = "1.26", variant: str = "plain", *arguments: str) -> Iterator[Service]:
    """Start it; what still runs in the end is killed."""
    binary = toolchains.build("sampled", version, variant)
    process = subprocess.Popen([binary, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert next_line(process) == "ready\n"
        yield Service(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


class Watcher:
    """A gotop that watches, and records what it is told."""

    def __init__(self, process: subprocess.Popen[str], recording: Path) -> None:
        self.process = process
        self.recording = recording

    def messages(self) -> list[dict[str, Any]]:
        """What has been recorded so far; the end may be in the making."""
        unpacker = msgpack.Unpacker(raw=False, strict_map_key=False, max_buffer_size=1 << 30)
        unpacker.feed(self.recording.read_bytes() if self.recording.exists() else b"")
        return list(unpacker)

    def see(self) -> None:
        """Wait for a reading of the profile and one of the runtime that were begun later than now."""
        now = time.monotonic_ns()  # CLOCK_MONOTONIC, as all instants of the agent

        def seen() -> bool:
            ticks = [message for message in self.messages() if message["t"] == "tick" and message["at"] > now]
            return any(tick["runtime"] and tick["runtime"]["at"] > now for tick in ticks)

        wait_until(seen, "a reading", 10 * PATIENCE_S)

    def report(self, ask: bool = True) -> dict[str, Any]:
        """Its report, asked for or at the service's end."""
        if ask:
            self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=10 * PATIENCE_S)
        assert self.process.returncode == 0, err
        report: dict[str, Any] = json.loads(out)
        return report


@contextlib.contextmanager
def watching(runner: Runner, pid: int, recording: Path, *options: str) -> Iterator[Watcher]:
    """Watch process `pid`; only gotop and its agent are ended in the end, the process is not theirs."""
    process = subprocess.Popen(
        command("attach", pid, "--sample-only", "--json", "--record", recording, *options),
        env=runner.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    watcher = Watcher(process, recording)
    try:
        wait_until(lambda: watcher.messages() != [] or process.poll() is not None, "a recording", 10 * PATIENCE_S)
        yield watcher
    finally:
        agents = [found["agent_pid"] for found in runner.sessions()]
        if process.poll() is None:
            process.kill()
            process.communicate()
        for agent in agents:
            with contextlib.suppress(ProcessLookupError):
                os.kill(agent, signal.SIGTERM)
