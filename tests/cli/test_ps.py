"""`gotop ps`: real processes, among many, among those of others, and while they end."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from gotop.agent.processes import GoProcess, go_processes
from gotop.cli.ps import lines
from gotop.golang.identify import go_version_of
from tests import toolchains
from tests.cli.running import Runner, wait_until
from tests.cli.terminal import Terminal

ARGUMENTS = ["-name", "two words"]
GO = f"go{toolchains.full_version('1.26')}"


@pytest.fixture
def gotop(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


@pytest.fixture
def service() -> Iterator[subprocess.Popen[bytes]]:
    """A Go program that stays until it is killed."""
    process = subprocess.Popen([toolchains.build("ignoreterm", "1.26"), *ARGUMENTS], stdout=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()


def listed(gotop: Runner) -> dict[int, dict[str, Any]]:
    done = gotop.run("ps", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["schema"] == 1
    return {process["pid"]: process for process in document["processes"]}


def test_a_go_program_is_listed(gotop: Runner, service: subprocess.Popen[bytes]) -> None:
    wait_until(lambda: service.pid in listed(gotop), "the service in the list")
    found, process = listed(gotop)[service.pid], psutil.Process(service.pid)
    assert found["go_version"] == GO
    assert found["exe"] == process.exe()
    assert found["args"] == ARGUMENTS
    assert "two words" in gotop.run("ps").stdout, "two instances of one program are told apart by their arguments"
    assert found["user"] == process.username()
    assert found["socket"] is None
    assert 0.5 * process.memory_info().rss < found["rss"] < 2 * process.memory_info().rss
    assert 0 <= found["uptime_s"] < 60
    assert os.getpid() not in listed(gotop)


def test_a_monitored_one_has_its_socket_and_its_agent_is_not_listed(gotop: Runner) -> None:
    with gotop.start("run", "--json", toolchains.build("ignoreterm", "1.26")):
        session = gotop.session()
        found = listed(gotop)
        assert found[session["pid"]]["socket"] == session["socket"]
        assert session["agent_pid"] not in found
        row = next(line for line in gotop.run("ps").stdout.splitlines() if line.split()[0] == str(session["pid"]))
        assert session["socket"] in row


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal_every_program_has_one_line_with_its_arguments(
    gotop: Runner, service: subprocess.Popen[bytes], columns: int
) -> None:
    wait_until(lambda: service.pid in listed(gotop), "the service in the list")
    with Terminal(columns, XDG_RUNTIME_DIR=str(gotop.home)) as terminal:
        terminal.type("clear; gotop ps | head -n 1; gotop ps; echo the end")
        terminal.wait_for(r"^the end$")
        screen = terminal.screen().splitlines()
    (row,) = (line for line in screen if line.split()[:1] == [str(service.pid)])
    assert "ignoreterm" in row and (columns == 80 or "-name 'two words'" in row)
    assert not any(line.startswith(("/", " -name")) for line in screen), "nothing goes on in another line"
    assert any("EXECUTABLE" in line for line in screen), "what is piped has whole paths"


def test_a_replaced_executable_is_named(gotop: Runner, tmp_path: Path) -> None:
    copy = tmp_path / "service"
    copy.write_bytes(toolchains.build("ignoreterm", "1.26").read_bytes())
    copy.chmod(0o755)
    process = subprocess.Popen([copy], stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: process.pid in listed(gotop), "the service in the list")
        copy.unlink()
        assert listed(gotop)[process.pid]["exe"] == f"{copy} (deleted)"
        assert listed(gotop)[process.pid]["go_version"] == GO
    finally:
        process.kill()
        process.wait()


def test_processes_that_vanish_are_left_out(
    service: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(psutil, "pids", lambda: [service.pid, 2**22 + 1])
    assert [process.pid for process in go_processes()] == [service.pid]
    gone = psutil.Process

    def vanished(pid: int) -> psutil.Process:
        service.kill()
        service.wait()
        return gone(pid)

    monkeypatch.setattr(psutil, "Process", vanished)
    assert go_processes() == []


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to be somebody else")
@pytest.mark.parametrize("entered", [0o700, 0o755])
def test_processes_of_others_are_left_out(
    entered: int, service: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    base = Path(tempfile.mkdtemp(prefix="gotop-ps-"))
    base.chmod(entered)  # for somebody else: no way to the directory of sessions, or one that cannot be opened
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(base))
    (base / "gotop-0").mkdir(mode=0o700)
    wait_until(lambda: service.pid in {process.pid for process in go_processes()}, "the service in the list")
    monkeypatch.setattr("gotop.agent.processes.attachable_sessions", list)
    os.seteuid(65534)
    try:
        assert service.pid not in {process.pid for process in go_processes()}
    finally:
        os.seteuid(0)
        shutil.rmtree(base)


def test_a_file_that_many_processes_run_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []

    def looking(link: str) -> str | None:
        looked_at.append(os.path.realpath(link))
        return go_version_of(link)

    monkeypatch.setattr("gotop.agent.processes.go_version_of", looking)
    sleep = os.path.realpath(shutil.which("sleep") or "")
    many = [subprocess.Popen([sleep, "600"]) for _ in range(100)]
    try:
        wait_until(lambda: all(Path(f"/proc/{p.pid}/exe").resolve() == Path(sleep) for p in many), "a hundred sleeps")
        go_processes()
        assert looked_at.count(sleep) == 1
    finally:
        for process in many:
            process.kill()
            process.wait()


def test_columns_are_aligned() -> None:
    table = [
        GoProcess(7, "root", "go1.26.6", 15_200_000, 5, "/usr/bin/a", args=("-v", "a b")),
        GoProcess(123456, "somebody", "", 950, 90_000, "/b c", Path("/run/gotop-0/1-abc/agent.sock")),
    ]
    assert list(lines(table)) == [
        "   PID  USER      GO          RSS     UP  MONITORED AT                   EXECUTABLE  ARGUMENTS",
        "     7  root      1.26.6  15.2 MB     5s  –                              /usr/bin/a  -v 'a b'",
        "123456  somebody  –         950 B  1d01h  /run/gotop-0/1-abc/agent.sock  /b c",
    ]
