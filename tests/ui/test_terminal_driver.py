"""What terminals send cannot end the monitor: bytes that are no text, and sequences the parser fails on."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
from collections.abc import Iterator
from typing import Any

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

from gotop.ui.app import MonitorApp
from gotop.ui.terminal_driver import TerminalDriver
from tests.ui.stage import stage


class Recording(TerminalDriver):
    """A driver that keeps what it would pass on."""

    def __init__(self, app: MonitorApp) -> None:
        super().__init__(app)
        self.passed: list[Message] = []

    def process_message(self, message: Message) -> None:
        self.passed.append(message)


@pytest.fixture
async def driver() -> Recording:
    return Recording(stage()[0])


def keys(driver: Recording) -> list[str]:
    return [event.key for event in driver.passed if isinstance(event, events.Key)]


async def test_what_the_parser_fails_on_does_not_end_it(driver: Recording) -> None:
    class Failing(XTermParser):
        def feed(self, data: str) -> Any:
            raise ValueError("a size of 0")

    broken = Failing()
    after = driver._parse(broken, "x")
    assert after is not broken and isinstance(after, XTermParser)
    driver._parse(after, "q")
    assert keys(driver) == ["q"]


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    outer, inner = pty.openpty()
    yield outer, inner
    os.close(outer)
    os.close(inner)


async def test_the_size_is_the_terminals_and_otherwise_the_environments(
    driver: Recording, terminal: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, inner = terminal
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 111, 0, 0))
    driver.fileno = inner
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("LINES", "20")
    assert driver._get_terminal_size() == (111, 33)
