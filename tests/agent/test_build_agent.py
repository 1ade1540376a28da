"""What the agent is built from and with, and where it can be built at all."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from gotop.agent import build_agent
from gotop.agent.build_agent import BuildError, build, check_platform, find_go, go_floor, go_version, source_hash


@pytest.mark.parametrize(("system", "machine"), [("darwin", "x86_64"), ("linux", "aarch64"), ("win32", "AMD64")])
def test_where_the_agent_cannot_work_it_is_said(monkeypatch: pytest.MonkeyPatch, system: str, machine: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(BuildError, match=f"x86-64.*on {machine}"):
        check_platform()


def test_here_it_works() -> None:
    check_platform()


def test_the_oldest_go_is_that_of_go_mod(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module x\n\ngo 1.24.1\n")
    assert go_floor(tmp_path) == (1, 24)
    (tmp_path / "go.mod").write_text("module x\n")
    with pytest.raises(BuildError, match="names no Go version"):
        go_floor(tmp_path)


def test_the_first_go_that_is_new_enough_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = []
    for name, answer in (("old", "go1.20.1"), ("broken", ""), ("new", "go1.27.0"), ("newer", "go1.30")):
        command = tmp_path / name
        command.write_text(f"#!/bin/sh\necho {answer}\n")
        command.chmod(0o755)
        commands.append(command)
    monkeypatch.setattr(build_agent, "go_commands", lambda: iter(commands))
    assert [go_version(command) for command in commands] == [(1, 20), (0, 0), (1, 27), (1, 30)]
    assert find_go((1, 24)) == commands[2] and find_go() == commands[0] and find_go((1, 99)) is None
    assert go_version(tmp_path / "gone") == (0, 0)


def test_the_hash_is_of_what_the_programs_are_built_from(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text("package main")
    before = source_hash(tmp_path)
    (tmp_path / "main_test.go").write_text("package main")
    (tmp_path / "README.md").write_text("words")
    assert source_hash(tmp_path) == before
    (tmp_path / "main.go").write_text("package main // changed")
    assert source_hash(tmp_path) != before


def test_a_build_that_fails_says_what_the_compiler_said(tmp_path: Path) -> None:
    go = find_go()
    assert go is not None
    sources = tmp_path / "hookagent"
    (sources / "demo").mkdir(parents=True)
    (sources / "go.mod").write_text("module x\n\ngo 1.21\n")
    (sources / "main.go").write_text("package main\n\nfunc main() { nothing() }\n")
    with pytest.raises(BuildError, match="undefined: nothing"):
        build(go, sources, tmp_path / "bin")
