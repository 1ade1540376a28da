"""Terminals as people have them: input that is no text, sizes in the environment, Ctrl-Z, a screen that breaks."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests import toolchains
from tests.cli.pseudo_terminal import PseudoTerminal
from tests.cli.running import Runner, alive, command, wait_until
from tests.cli.terminal import Terminal

BROKEN = """
import sys
from gotop.ui.main_screen import MainScreen
count = 0
draw = MainScreen.draw_body
def break_off(screen):
    global count
    count += 1
    if count > 5:
        raise ZeroDivisionError("a mistake")
    draw(screen)
MainScreen.draw_body = break_off
from gotop.cli.main import main
main()
"""


@pytest.fixture
def gotop(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def service() -> str:
    return str(toolchains.build("ignoreterm", "1.26"))


def run_words() -> list[str]:
    return command("run", "--grace", "200ms", service())


@pytest.mark.parametrize(
    "data",
    [
        b"\x1b[M\x43\x89\x21",  # a mouse report in X10's form at column 105
        b"\xe9s",  # é in Latin-1
        b"\xff" * 40,
        b"\x1b[99999999999u",  # a key whose number is no character
        b"\x1b[48;0;0;0;0t\x1b[<0;5;5M",  # a size of nothing, and a click in it
        b"\x1b[<0;99999999999999999999;5M",
    ],
)
def test_no_input_ends_monitor_or_service(gotop: Runner, data: bytes) -> None:
    with PseudoTerminal(run_words(), gotop.environment) as terminal:
        terminal.wait_for("● live")
        pid = gotop.session()["pid"]
        terminal.send(data)
        terminal.read(1)
        terminal.send(b"\x1b[48;36;120;0;0t1")
        terminal.raw = b""
        terminal.send(b"?")
        terminal.wait_for("Esc closes")
        assert alive(pid)
        terminal.send(b"\x1b")
        terminal.read(0.5)
        terminal.send(b"q")
        assert terminal.wait() == 0
    assert not alive(pid)


def test_the_terminals_size_wins_over_the_environments(gotop: Runner) -> None:
    environment = {**gotop.environment, "COLUMNS": "40", "LINES": "10"}
    with PseudoTerminal(run_words(), environment) as terminal:
        terminal.wait_for("● live")
        terminal.resize(110, 32)
        terminal.read(1.5)
        assert "too small" not in terminal.written()
        terminal.raw = b""
        terminal.send(b"2")
        terminal.read(1.5)
        rows = [int(row) for row in re.findall(rb"\x1b\[(\d+);\d+H", terminal.raw)]
        assert 29 <= max(rows) <= 32
        terminal.send(b"q")
        assert terminal.wait() == 0


def test_a_screen_that_breaks_leaves_the_service_running(gotop: Runner) -> None:
    with PseudoTerminal([sys.executable, "-c", BROKEN, "run", service()], gotop.environment) as terminal:
        assert terminal.wait() == 1
        said = terminal.written()
        session = gotop.session()
        try:
            assert "the screen broke off" in said
            assert "ZeroDivisionError" in said and "GOTOP_TRACEBACK=1" in said
            assert f"gotop attach {session['socket']}" in said.replace("\r\n", "\n")
            assert alive(session["pid"])
            done = gotop.run("attach", session["socket"], "--json", "--for", "200ms")
            assert done.returncode == 0, done.stderr
        finally:
            os.kill(session["pid"], signal.SIGKILL)
    wait_until(lambda: not alive(session["agent_pid"]), "the agent's end")


@pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux")
def test_ctrl_z_suspends_the_screen_and_not_the_service(gotop: Runner) -> None:
    with Terminal(XDG_RUNTIME_DIR=str(gotop.home)) as terminal:
        before = terminal.modes()
        terminal.type(f"gotop run --grace 200ms {service()}")
        terminal.wait_for("● live")
        pid = gotop.session()["pid"]
        terminal.press("C-z")
        terminal.wait_for(r"Stopped")
        assert terminal.modes() == before
        assert "State:\tT" not in Path(f"/proc/{pid}/status").read_text()
        terminal.type("fg")
        terminal.wait_for("● live")
        terminal.press("q")
        terminal.wait_for_prompt()
        assert terminal.modes() == before
    assert not alive(pid)


def test_a_terminal_without_cursor_gets_a_report_without_colours(gotop: Runner) -> None:
    environment = {**gotop.environment, "TERM": "dumb"}
    words = command("run", "--text", "--for", "500ms", "--grace", "200ms", service())
    with PseudoTerminal(words, environment) as terminal:
        assert terminal.wait() == 0
        assert b"allocations" in terminal.raw and b"\x1b" not in terminal.raw
    with PseudoTerminal(run_words(), environment) as terminal:
        assert terminal.wait() == 1
        assert b"--text" in terminal.raw and b"\x1b" not in terminal.raw
