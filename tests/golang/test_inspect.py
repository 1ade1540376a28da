"""What `gotop inspect` shows."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gotop.cli.inspect import command
from gotop.golang.buildinfo import parse_module_text
from gotop.golang.errors import NotGo
from gotop.golang.inspect import inspect
from tests.golang.programs import TESTDATA, VERSIONS, build, go_tool, with_version


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


@pytest.mark.parametrize("variant", ["plain", "stripped-pie"])
def test_build_settings_modules_and_features_are_those_of_go_version_m(variant: str) -> None:
    binary = build("symbols", "1.27", variant, "-trimpath")
    lines = [line.split("\t")[1:] for line in go_tool("1.27", "version", "-m", str(binary)).splitlines()[1:]]
    settings = dict(fields[1].split("=", 1) for fields in lines if fields[0] == "build")
    document = json.loads(CliRunner().invoke(command, [str(binary), "--json"]).output)
    assert {key: value.strip('"') for key, value in settings.items()} == document["build"]["settings"]
    assert document["build"]["features"] == ["trimpath"]
    assert document["dwarf"] is (variant == "plain") and document["pie"] is (variant == "stripped-pie")


def test_race_detector_profile_and_revision_are_said() -> None:
    info = parse_module_text(
        "go1.26.1",
        "path\texample.com/x\nbuild\t-race=true\nbuild\tCGO_ENABLED=1\nbuild\t-pgo=/x/default.pgo\n"
        "build\tvcs=git\nbuild\tvcs.revision=0123abc\nbuild\tvcs.time=2026-05-04T03:02:01Z\nbuild\tvcs.modified=true\n",
    )
    assert info.features == ("cgo", "race", "PGO (/x/default.pgo)")
    assert info.revision == "git 0123abc, 2026-05-04T03:02:01Z, modified"


def test_go_tool_nm_has_the_same_addresses_and_sizes() -> None:
    binary = build("symbols", "1.27")
    said = go_tool("1.27", "tool", "nm", "-size", str(binary)).splitlines()
    symbols = {fields[3]: (int(fields[0], 16), int(fields[1])) for fields in map(str.split, said) if len(fields) == 4}
    for point in inspect(binary).hooks:
        assert point.symbol is not None
        assert (point.symbol.address, point.symbol.size) == symbols[point.hook.name]


@pytest.mark.slow
def test_where_a_profile_has_inlined_a_hook_point_it_is_said() -> None:
    guided = build("hello", "1.24", "plain", f"-pgo={TESTDATA / 'profiles' / 'allocations-go1.24.pprof'}")
    hosts = {point.hook.name: point.inlined_into for point in inspect(guided).hooks}
    assert "runtime.newobject" in hosts["runtime.mallocgc"]
    assert "runtime.mallocgc is inlined into " in CliRunner().invoke(command, [str(guided)]).output
    assert not any(point.inlined_into for point in inspect(build("hello", "1.24")).hooks)


def test_calls_are_listed_with_what_is_inlined() -> None:
    binary = build("symbols", "1.27")
    text = CliRunner().invoke(command, [str(binary), "--calls", r"^main\."]).output
    assert "calls of the allocator in the code of" in text and " inlined into main." in text
    document = json.loads(CliRunner().invoke(command, [str(binary), "--calls", r"^main\.", "--json"]).output)
    assert document["calls"] and {call["function"].partition(".")[0] for call in document["calls"]} == {"main"}
    calls, functions = document["allocation_calls"], document["allocating_functions"]
    assert sum(each["count"] for each in calls) == sum(each["count"] for each in functions) > 300
    assert "runtime.newobject" in {each["calls"] for each in calls}
    wrong = CliRunner().invoke(command, [str(binary), "--calls", "("])
    assert wrong.exit_code == 2 and "no regular expression" in wrong.output


def test_two_builds_are_compared() -> None:
    old, new = build("symbols", "1.26"), build("symbols", "1.27", "stripped")
    changes = json.loads(CliRunner().invoke(command, [str(old), "--diff", str(new), "--json"]).output)
    assert changes["changes"]["stripped"] == {"old": False, "new": True}
    a, b = inspect(old), inspect(new)
    assert changes["changes"]["go_version"] == {"old": a.info.go_version, "new": b.info.go_version}
    grown = sum(each["new"] - each["old"] for each in changes["allocating_functions"].values())
    assert grown == b.static.total - a.static.total != 0
    text = CliRunner().invoke(command, [str(old), "--diff", str(new)]).output
    assert "stripped" in text and "calls of the allocator, by what they call" in text
    same = CliRunner().invoke(command, [str(old), "--diff", str(old)]).output
    assert "No difference" in same
