"""What `gotop inspect` shows."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gotop.cli.inspect import command
from gotop.golang.errors import NotGo
from gotop.golang.inspect import inspect
from tests.golang.programs import VERSIONS, build, with_version


@pytest.mark.parametrize("version", VERSIONS)
def test_both_tables_agree_on_the_hook_points(version: str) -> None:
    shown = inspect(build("symbols", version, "pie"))
    assert shown.info.go_version.startswith(f"go{version}")
    assert (shown.pie, shown.stripped, shown.refusal) == (True, False, "")
    assert len(shown.hooks) >= 5 and shown.functions > 1000
    for point in shown.hooks:
        assert point.symbol is not None
        assert point.symbol.address == point.hook.entry
        assert point.symbol.size <= point.hook.size
        assert point.source.function == point.hook.name
        assert point.source.file.endswith(".go") and point.source.line > 0


def test_a_stripped_binary_shows_the_same_without_symbols() -> None:
    shown, whole = inspect(build("symbols", "1.27", "stripped")), inspect(build("symbols", "1.27"))
    assert [p.symbol for p in shown.hooks] == [None] * len(shown.hooks)
    assert [(p.hook.name, p.source) for p in shown.hooks] == [(p.hook.name, p.source) for p in whole.hooks]
    assert (shown.layout_from, shown.functions) == (whole.layout_from, whole.functions)


def test_what_is_not_go_is_an_error() -> None:
    with pytest.raises(NotGo):
        inspect("/bin/true")


def test_the_command_prints_text_and_json() -> None:
    binary = build("symbols", "1.27", "stripped-pie")
    text = CliRunner().invoke(command, [str(binary)])
    assert text.exit_code == 0
    assert "go1.27" in text.output and "runtime.mallocgc " in text.output and "Every allocation" in text.output
    document = json.loads(CliRunner().invoke(command, [str(binary), "--json"]).output)
    assert (document["schema"], document["stripped"], document["pie"], document["refusal"]) == (1, True, True, "")
    assert document["hooks"][0]["symtab"] is None
    assert document["hooks"][0]["pclntab"]["entry"] == inspect(binary).hooks[0].hook.entry


def test_a_program_that_cannot_be_monitored_is_shown_with_the_reason(tmp_path: Path) -> None:
    binary = tmp_path / "service"
    binary.write_bytes(with_version(build("symbols", "1.27", "stripped").read_bytes(), b"go1.99.0"))
    shown = CliRunner().invoke(command, [str(binary)], standalone_mode=False)  # as gotop.cli.main calls it
    assert shown.return_value == 1
    assert "go1.99" in shown.output and "Cannot be monitored" in shown.output
