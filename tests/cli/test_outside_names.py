"""Names that strangers choose, in everything gotop prints: shown, never sent to the terminal."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import evil_names, toolchains
from tests.cli.pseudo_terminal import PseudoTerminal
from tests.cli.running import Runner, command

NAME = "s\x1b]0;PWNED\x07\x1b[2J\nsecond-line"


@pytest.fixture
def gotop(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("recorded")
    service = toolchains.build("labelled", "1.26")
    done = Runner(place).run("run", "--json", "--by", "labels", "--for", "1s", "--record", "good.gotop", service)
    assert done.returncode == 0, done.stderr
    return evil_names.write(place / "good.gotop", place / "evil.gotop")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return Path(shutil.copy(toolchains.build("ignoreterm", "1.26"), tmp_path / NAME))


@pytest.fixture
def running(program: Path) -> Iterator[int]:
    process = subprocess.Popen([program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield process.pid
    process.kill()
    process.wait()


def safe(done: subprocess.CompletedProcess[bytes], code: int = 0) -> str:
    assert done.returncode == code, done.stderr
    assert evil_names.is_safe(done.stdout), done.stdout
    assert evil_names.is_safe(done.stderr), done.stderr
    return (done.stdout + done.stderr).decode()


def words(gotop: Runner, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command(*arguments), env=gotop.environment, cwd=gotop.home, capture_output=True, stdin=subprocess.DEVNULL,
        check=False, timeout=240,
    )  # fmt: skip


def test_processes_and_attaching(gotop: Runner, running: int) -> None:
    assert "\\x1b]0;PWNED" in safe(words(gotop, "ps"))
    listed = json.loads(safe(words(gotop, "ps", "--json")))["processes"]
    assert NAME in next(process["exe"] for process in listed if process["pid"] == running)
    assert "\\x1b]0;PWNED" in safe(words(gotop, "attach", running, "--text", "--for", "300ms"))
    assert "\\u001b]0;PWNED" in safe(words(gotop, "attach", running, "--json", "--for", "300ms"))


def test_running_and_looking_at_a_program(gotop: Runner, program: Path) -> None:
    assert "\\x1b]0;PWNED" in safe(words(gotop, "inspect", program))
    safe(words(gotop, "inspect", "--json", program))
    safe(words(gotop, "run", "--text", "--for", "300ms", "--grace", "100ms", program, NAME))


def test_what_is_refused(gotop: Runner, program: Path, tmp_path: Path) -> None:
    other = tmp_path / f"{NAME}.x"
    other.write_text("x")
    other.chmod(0o755)
    for arguments in (
        ("run", f"{program}-missing"),
        ("run", "--json", other),
        ("run", "--socket", f"{NAME}/sock", program),
        ("attach", f"{program}-sock"),
        ("attach", other),
        ("inspect", other),
        ("replay", "--json", other),
        ("replay", "--json", f"{other}-missing"),
        ("run", "--json", "--record", other, program),
    ):
        assert "\\x1b]0;PWNED" in safe(words(gotop, *arguments), 1)
    for arguments in (("run", f"--{NAME}"), (NAME,), ("run", "--for", NAME, program), ("ps", NAME)):
        safe(words(gotop, *arguments), 2)


def test_what_the_compiler_says(gotop: Runner, tmp_path: Path) -> None:
    module = tmp_path / "module"
    module.mkdir()
    (module / "go.mod").write_text("module evil\n\ngo 1.21\n")
    (module / "main.go").write_text('package main\n\nfunc main() {\n\tvar s int = "\x1b]0;PWNED\x07"\n}\n')
    said = safe(words(gotop, "run", "--json", module), 1)
    assert "main.go:4" in said and "\\x1b" in said


def test_a_recording(gotop: Runner, recording: Path) -> None:
    assert "\\x1b]0;PWNED" in safe(words(gotop, "replay", "--text", recording))
    report = json.loads(safe(words(gotop, "replay", "--json", recording)))
    assert evil_names.EVIL in report["target"]["exe"]


def test_the_monitor(gotop: Runner, recording: Path) -> None:
    with PseudoTerminal(command("replay", "--speed", "100", recording), gotop.environment, 160, 45) as terminal:
        terminal.wait_for("coverage")
        everything = b""
        for key in (
            b"2",
            b"\r",
            b"\x1b",
            b"3",
            b"4",
            b"\r",
            b"\x1b",
            b"5",
            b"6",
            b"7",
            b"2",
            b"ttt",
            b"/type:x\r",
            b"?",
            b"\x1b",
            b":",
        ):
            terminal.send(key)
            terminal.read(0.7)
            everything += terminal.raw
            terminal.raw = b""
        terminal.send(b"\x1b")
        terminal.read(0.5)
        terminal.send(b"q")
        assert terminal.wait() == 0
        everything += terminal.raw
    assert "␛]0;PWNED".encode() in everything
    text = everything.decode("utf-8", "replace")
    assert "\x1b]0;PWN" not in text and "\x9b" not in text and "\u202e" not in text and "\u200b" not in text
    assert not re.search("PWNED\x07", text)


def test_a_kept_service(gotop: Runner, program: Path) -> None:
    said = safe(words(gotop, "run", "--keep", "--json", "--for", "300ms", program))
    pid = int(re.findall(r"runs on as process (\d+)", said)[0])
    try:
        safe(words(gotop, "attach", "--text", "--for", "200ms"))
    finally:
        os.kill(pid, signal.SIGKILL)
