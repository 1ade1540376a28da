"""The command line as a whole: its commands, what it loads, and what becomes of errors."""

from __future__ import annotations

import signal
import subprocess
import sys

import click
import pytest

from gotop.cli import commands
from gotop.cli.commands import COMMANDS, Commands, cli, guarded
from gotop.cli.errors import Refusal


def test_every_command_is_found_by_its_name_and_no_other_module_is_one() -> None:
    context = click.Context(cli)
    assert isinstance(cli, Commands) and cli.list_commands(context) == list(COMMANDS)
    for name in COMMANDS:
        found = cli.get_command(context, name)
        assert found is not None and found.name == name and found.help
    assert cli.get_command(context, "options") is None and cli.get_command(context, "nothing") is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refusal("no"), 1), (OSError(28, "No space left on device"), 1), (MemoryError(), 1), (ValueError("mistake"), 1),
        (KeyboardInterrupt(), 128 + signal.SIGINT), (click.Abort(), 128 + signal.SIGINT),
        (click.UsageError("what?"), 2),
    ],
)  # fmt: skip
def test_each_kind_of_error_has_its_code_and_no_traceback(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.delenv("GOTOP_TRACEBACK", raising=False)
    monkeypatch.setattr(commands.output, "prepare", lambda: None)
    monkeypatch.setattr(commands, "_answer_signals", lambda: None)
    monkeypatch.setattr(cli, "main", fail)
    assert guarded() == code
    assert "Traceback" not in capsys.readouterr().err


def test_the_help_has_every_command_and_where_to_read_on() -> None:
    done = subprocess.run([sys.executable, "-m", "gotop", "--help"], capture_output=True, text=True, check=True)
    assert all(f"\n  {name} " in done.stdout for name in COMMANDS) and "gotop docs" in done.stdout
