"""Surroundings in which gotop cannot work: the sentence that helps, no panic of Go's, no mistake of gotop's."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import toolchains
from tests.cli.running import Runner, command

ROOT = os.geteuid() == 0


@pytest.fixture
def gotop(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def service() -> str:
    return str(toolchains.build("ignoreterm", "1.26"))


@pytest.fixture
def running() -> Iterator[int]:
    process = subprocess.Popen([service()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield process.pid
    process.kill()
    process.wait()


def refused(gotop: Runner, before: list[str], *arguments: object) -> str:
    """What gotop says, started by another program that changes its surroundings."""
    done = subprocess.run(
        [*before, *command(*arguments)], env=gotop.environment, cwd=gotop.home, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    for bad in ("Traceback", "mistake in gotop", "goroutine", "fatal error", "panic"):
        assert bad not in done.stderr, done.stderr
    assert done.stderr.startswith("gotop: ")
    assert gotop.leftovers() == []
    return done.stderr


@pytest.mark.parametrize("megabytes", [500, 800])
def test_little_address_space(gotop: Runner, running: int, megabytes: int) -> None:
    limit = ["prlimit", f"--as={megabytes << 20}"]
    assert "ulimit -v" in refused(gotop, limit, "run", "--json", service())
    assert "ulimit -v" in refused(gotop, limit, "attach", running, "--json")


@pytest.mark.skipif(not ROOT or not shutil.which("setpriv"), reason="drops what only root has")
def test_root_without_the_capability_to_trace(gotop: Runner, running: int) -> None:
    without = ["setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace"]
    assert "CAP_SYS_PTRACE" in refused(gotop, without, "attach", running, "--json")


@pytest.mark.skipif(not ROOT, reason="unmounts in a namespace of its own")
@pytest.mark.parametrize("arguments", [("ps",), ("run", "--json"), ("attach", "--json")])
def test_without_proc(gotop: Runner, running: int, arguments: tuple[str, ...]) -> None:
    target = {"ps": (), "run": (service(),), "attach": (running,)}[arguments[0]]
    without = ["unshare", "-m", "sh", "-c", 'umount -l /proc; exec "$@"', "sh"]
    assert "mount -t proc" in refused(gotop, without, *arguments, *target)


def test_the_users_own_variable_is_not_believed(gotop: Runner) -> None:
    """In it the launcher hands the service's variables to the agent."""
    program = toolchains.build("short", "1.26")
    environment = {**gotop.environment, "GOTOP_SERVICE_ENV": "no JSON"}
    assert gotop.run("run", "--json", program, env=environment).returncode == 0


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e999", "0", "9" * 400])
def test_figures_that_are_none_are_no_settings(gotop: Runner, value: str) -> None:
    for arguments in (("replay", "--speed", value, "x"), ("run", "--budget", value, "x"), ("run", "--for", value, "x")):
        done = gotop.run(*arguments)
        assert done.returncode in (1, 2) and "Traceback" not in done.stderr and "mistake" not in done.stderr
