"""`--top`, `--stacks` and `--ndjson` of real runs."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from tests import toolchains
from tests.cli.running import Runner, next_line, wait_until
from tests.ui.recorded import RECORDING


@pytest.fixture
def gotop(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def schema(name: str) -> jsonschema.Draft202012Validator:
    """A schema of the package."""
    file = Path(str(files("gotop.export"))) / "schema" / f"{name}.json"
    return jsonschema.Draft202012Validator(json.loads(file.read_text()))


def test_rows_and_rest_of_a_run_are_its_totals_to_the_last_byte(gotop: Runner) -> None:
    binary = toolchains.build("manystacks", "1.26")
    done = gotop.run("run", "--json", "--top", 3, "--stacks", 4, binary, "--", "-stacks", 200, "-levels", 8)
    report = json.loads(done.stdout)
    schema("report").validate(report)
    assert len(report["sites"]) == 3 and report["sites_rest"]["sites"] > 0
    main = report["sites"][0]
    assert (main["function"], main["allocs"], len(main["stacks"])) == ("main.down", 2000, 4)
    assert main["stacks_rest"]["stacks"] == 196
    totals = report["totals"]
    assert totals["unattributed"] == 0
    for name in ("allocs", "bytes", "waste"):
        rows = [*report["sites"], report["sites_rest"]]
        assert sum(row[name] for row in rows) == totals[name]
        for site in report["sites"]:
            stacks = [*site["stacks"], *([site["stacks_rest"]] if site["stacks_rest"] else [])]
            assert sum(row[name] for row in stacks) == site[name]


def test_readings_come_line_by_line_and_the_report_last(gotop: Runner) -> None:
    binary = toolchains.build("manystacks", "1.26")
    with gotop.start("run", "--ndjson", "--interval", "50ms", "--top", 2, binary, "--", "-for", "1m") as process:
        assert process.stdout is not None
        lines = [json.loads(next_line(process)) for _ in range(3)]  # while it runs
        process.terminate()
        rest, _ = process.communicate()
    lines += [json.loads(line) for line in rest.splitlines()]
    checked = schema("ndjson")
    for line in lines:
        checked.validate(line)
    assert [line["event"] for line in lines] == [*["reading"] * (len(lines) - 1), "report"]
    instants = [line["at"] for line in lines[:-1]]
    assert instants == sorted(set(instants))
    counts = [line["totals"]["allocs"] for line in lines]
    assert counts == sorted(counts) and lines[-1]["ending"]["by_us"]
    assert all(len(line["sites"]) <= 2 for line in lines)


def test_a_service_is_ended_when_nobody_reads_its_readings_any_more(gotop: Runner) -> None:
    binary = toolchains.build("manystacks", "1.26")
    with gotop.start("run", "--ndjson", "--interval", "50ms", binary, "--", "-for", "10m") as process:
        assert process.stdout is not None
        json.loads(next_line(process))
        process.stdout.close()
        wait_until(lambda: process.poll() is not None, "gotop's end")
        assert process.stderr is not None and "Traceback" not in process.stderr.read()
        assert gotop.leftovers() == []


def test_a_recording_is_told_reading_by_reading(gotop: Runner) -> None:
    lines = gotop.run("replay", "--ndjson", "--top", 1, RECORDING).stdout.splitlines()
    assert len(lines) > 50 and json.loads(lines[-1])["event"] == "report"
    assert {json.loads(line)["event"] for line in lines[:-1]} == {"reading"}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--top", 3, "--text"), "--top and --stacks are about JSON"),
        (("--stacks", 3), "--top and --stacks are about JSON"),
        (("--json", "--top", -1), "x>=0"),
        (("--json", "--stacks", "many"), "not a valid integer"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    gotop: Runner, options: tuple[object, ...], reason: str
) -> None:  # fmt: skip
    done = gotop.run("replay", *options, RECORDING)
    assert done.returncode == 2 and reason in done.stderr and "Traceback" not in done.stderr


def test_an_export_of_json_has_the_limits_too(gotop: Runner) -> None:
    done = gotop.run("replay", "--top", 2, "--export", "json=out.json", "--text", RECORDING)
    assert done.returncode == 0, done.stderr
    assert len(json.loads((gotop.home / "out.json").read_text())["sites"]) == 2
