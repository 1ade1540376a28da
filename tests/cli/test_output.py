"""Where output goes: locales that are not UTF-8, closed and full outputs, paths that are not UTF-8."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import toolchains
from tests.cli.running import Runner, command


@pytest.fixture
def gotop(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def service() -> str:
    return str(toolchains.build("short", "1.26"))


def shell(gotop: Runner, redirected: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """gotop with what a shell puts behind it."""
    return subprocess.run(
        ["sh", "-c", f'"$@" {redirected}', "sh", *command(*arguments)], env={**gotop.environment, **environment},
        cwd=gotop.home, capture_output=True, check=False, timeout=240,
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_a_locale_that_is_not_utf_8_loses_no_output(gotop: Runner, encoding: str) -> None:
    for arguments in (("run", "--text", service()), ("inspect", service()), ("ps",), ("run", "--help"), ("--help",)):
        done = shell(gotop, "", *arguments, PYTHONIOENCODING=encoding)
        assert done.returncode == 0, done.stderr
        done.stdout.decode(encoding)
    assert b"allocations" in shell(gotop, "", "run", "--text", service(), PYTHONIOENCODING=encoding).stdout


@pytest.mark.parametrize("arguments", [("ps",), ("inspect", "--json"), ("run", "--json")])
def test_a_closed_stdout_is_said(gotop: Runner, arguments: tuple[str, ...]) -> None:
    target = () if arguments == ("ps",) else (service(),)
    done = shell(gotop, ">&-", *arguments, *target)
    if not (arguments == ("ps",) and b"no Go program" in done.stderr):
        assert done.returncode == 1
        assert b"standard output is closed" in done.stderr and b"mistake" not in done.stderr
    assert gotop.leftovers() == []


def test_a_full_disk_behind_stdout_is_said(gotop: Runner) -> None:
    done = shell(gotop, ">/dev/full", "inspect", service())
    assert done.returncode == 1 and b"No space left" in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_all_closed(gotop: Runner) -> None:
    assert shell(gotop, "<&- >&- 2>&-", "run", "--json", service()).returncode == 1
    assert shell(gotop, "<&- 2>&-", "run", "--json", service()).returncode == 0
    assert gotop.leftovers() == []


def test_a_reader_that_goes_away(gotop: Runner) -> None:
    done = shell(gotop, "| head -c 1 >/dev/null; exit 0", "inspect", service())
    assert b"Traceback" not in done.stderr and b"Exception ignored" not in done.stderr


@pytest.mark.parametrize("encoding", ["C.UTF-8", "C"])
def test_paths_that_are_not_utf_8(gotop: Runner, encoding: str) -> None:
    Path(os.fsdecode(directory := os.fsencode(gotop.home) + b"/b\xff")).mkdir()
    program = directory + b"/s\xe9vc"
    shutil.copy(service(), program)
    environment = {**gotop.environment, "LC_ALL": encoding}
    done = subprocess.run(
        [*map(os.fsencode, command("run", "--json", "--record")), directory + b"/r\xff.gotop", program, b"\xfe"],
        env=environment, capture_output=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["target"]["exe"].endswith("b\\xff/s\\xe9vc")
    assert report["totals"]["coverage"] is not None and report["sites"][0]["function"]
    again = subprocess.run(
        [*map(os.fsencode, command("replay", "--text")), directory + b"/r\xff.gotop"], env=environment,
        capture_output=True, check=False, timeout=240,
    )  # fmt: skip
    assert again.returncode == 0 and b"b\\xff/s\\xe9vc" in again.stdout
    for arguments in ((b"inspect", program), (b"inspect", b"--json", program)):
        assert subprocess.run([*map(os.fsencode, command()), *arguments], env=environment, check=False).returncode == 0
    missing = subprocess.run(
        [*map(os.fsencode, command("run")), program + b"\xfd"], env=environment, capture_output=True, check=False
    )
    assert missing.returncode == 1 and b"s\\xe9vc\\xfd" in missing.stderr
