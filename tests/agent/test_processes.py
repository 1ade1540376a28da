"""Go programs that run on this machine, as they are listed."""

from __future__ import annotations

import subprocess
import sys

from gotop.agent.processes import arguments_of, go_processes
from tests import toolchains
from tests.cli.running import next_line


def test_a_running_go_program_is_listed_with_its_arguments_and_others_are_not() -> None:
    binary = toolchains.build("sampled", "1.26")
    go = subprocess.Popen([binary, "--", "a b"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert next_line(go) == "ready\n"
        found = {process.pid: process for process in go_processes()}
        assert other.pid not in found
        process = found[go.pid]
        assert (process.exe, process.args) == (str(binary.resolve()), ("--", "a b"))
        assert process.go_version.startswith("go1.26") and process.rss > 0 and process.uptime_s >= 0
        assert (process.socket, process.leaving) == (None, "")
    finally:
        for each in (go, other):
            each.kill()
            each.communicate()


def test_arguments_of_nobody_are_none() -> None:
    assert arguments_of(2**22 + 1) == ()
