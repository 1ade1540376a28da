"""Completion in three shells: the code, and what it is answered."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gotop.cli.commands import COMMANDS
from gotop.cli.completion import SHELLS, VARIABLE


def gotop(*words: str, **environment: str) -> str:
    command = [sys.executable, "-m", "gotop", *words]
    told = {**os.environ, **environment}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=told, stdin=subprocess.DEVNULL)
    assert done.stderr == "", done.stderr
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_the_code_asks_gotop(shell: str) -> None:
    code = gotop("completion", shell)
    assert f"{VARIABLE}={shell}_complete" in code and "gotop" in code


def test_the_code_for_bash_is_bash() -> None:
    code = gotop("completion", "bash")
    assert subprocess.run(["bash", "-n"], input=code, text=True, check=False).returncode == 0


def test_commands_options_and_formats_are_completed() -> None:
    def answers(words: str, place: int) -> set[str]:
        told = {VARIABLE: "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(place)}
        return {line.partition(",")[2] for line in gotop(**told).splitlines()}

    assert answers("gotop ", 1) == set(COMMANDS)
    assert "--until" in answers("gotop export --", 2)
    assert answers("gotop export --to pp", 3) == {"pprof", "pprof-labels"}
