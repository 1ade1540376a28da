"""Leaving gotop at each stage, in a real terminal: it ends at once, says little, and leaves nothing behind."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

pytestmark = pytest.mark.skipif(not (shutil.which("tmux") and shutil.which("go")), reason="needs tmux and go")


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A program whose build never ends: every tool waits."""
    (tmp_path / "go.mod").write_text("module example.com/slow\n\ngo 1.21\n")
    (tmp_path / "main.go").write_text(f"package main\n\n// {tmp_path}\nfunc main() {{}}\n")
    tool = tmp_path / "slow-tool"
    tool.write_text('#!/bin/sh\ncase "$*" in *-V=full*) ;; *) sleep 30;; esac\nexec "$@"\n')
    tool.chmod(0o755)
    return tmp_path


@pytest.fixture
def terminal(module: Path) -> Iterator[Terminal]:
    (module / "tmp").mkdir()
    with Terminal(GOFLAGS=f"-toolexec={module}/slow-tool", TMPDIR=str(module / "tmp")) as terminal:
        terminal.type(f"cd {module}; clear")
        terminal.wait_for_prompt()
        yield terminal


def test_ctrl_c_while_building(terminal: Terminal, module: Path) -> None:
    before = terminal.modes()
    terminal.type("gotop run .")
    terminal.wait_for(r"Building \.")
    terminal.press("C-c")
    assert "Traceback" not in terminal.wait_for_prompt(5)
    assert "Building" not in terminal.screen()
    assert terminal.exit_code() == 130
    assert terminal.modes() == before
    time.sleep(0.2)
    assert list((module / "tmp").glob("*/*")) == []  # but for the private directory of all builds


def test_a_failed_build_shows_the_compilers_words_only(terminal: Terminal, module: Path) -> None:
    (module / "main.go").write_text("package main\n\nfunc main() { nonsense() }\n")
    terminal.type("GOFLAGS= gotop run .; echo over")
    screen = terminal.wait_for("^over")
    said = [line for line in screen.splitlines() if line.strip()][1:-2]
    assert said == ["# example.com/slow", "./main.go:3:15: undefined: nonsense"]


def test_a_terminal_that_is_too_small(module: Path) -> None:
    with Terminal(40, 10) as terminal:
        terminal.type(f"clear; gotop run {module}")
        assert "too small" in terminal.wait_for("too small")
        terminal.wait_for_prompt()
        assert terminal.exit_code() == 1
