"""Real programs run and explained: the reason at the very line, and remedies where they apply, not at their twins."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gotop.explain.compiler import SourcePackage, explain

SOURCE = Path(__file__).parent / "testdata" / "remedies"
_ESCAPES = r"^\./main\.go:(\d+):(\d+): (.* escapes to heap) in \S+:$"
Found = list[dict[str, Any]]


@pytest.fixture(scope="module")
def found() -> Found:
    """What `gotop explain` says of the program."""
    command = [sys.executable, "-m", "gotop", "explain", "--json", "--no-deps", "--top", "500", str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["schema"], document["problem"], document["remark"]) == (1, "", "")
    findings: Found = document["findings"]
    assert [each["bytes"] for each in findings] == sorted((each["bytes"] for each in findings), reverse=True)
    return findings


def of(found: Found, function: str) -> Found:
    return [each for each in found if each["function"] == f"main.{function}"]


@pytest.mark.parametrize(
    ("function", "twin", "remedy"),
    [
        ("growing", "sized", r"make the slice with room .* copied 1\.20k times, to 672 B on average"),
        ("growingMap", "sizedMap", r"make the map with room"),
        ("boxed", "appended", r"fmt\.Fprintln takes any"),
        ("toString", "compared", r"keep the bytes"),
    ],
)
def test_a_rule_applies_to_its_pattern_and_not_to_its_twin(
    found: Found, function: str, twin: str, remedy: str
) -> None:
    advice = [each["remedy"] for each in of(found, function)]
    assert any(re.search(remedy, each) for each in advice), advice
    assert not any(each["remedy"] for each in of(found, twin))


@pytest.mark.parametrize(
    ("remedy", "allowed"),
    [
        ("main.compiled calls regexp.MustCompile each time", r"(regexp|regexp/syntax|slices|sort|strings)\..*"),
        ("give the strings.Builder its size by Grow", r"strings\.\(\*Builder\)\.(grow|Write\w+)"),
    ],
)
def test_what_is_allocated_below_a_pattern_has_its_remedy(
    found: Found, remedy: str, allowed: str
) -> None:
    having = [each for each in found if remedy in each["remedy"]]
    assert having and all(re.fullmatch(allowed, each["function"]) for each in having)


def test_a_builder_that_was_given_its_size_has_no_remedy(found: Found) -> None:
    grown = [each for each in found if "Builder" in each["function"]]
    assert {bool(each["remedy"]) for each in grown if each["allocs"] == 1200} == {True}
    assert {bool(each["remedy"]) for each in grown if each["allocs"] == 200} == {False}


def test_the_reason_stands_at_the_place_that_is_inlined(found: Found) -> None:
    (each,) = of(found, "newOrder")
    text = SOURCE.joinpath("main.go").read_text().splitlines()
    assert "return &order{n, n}" in text[each["line"] - 1] and each["file"] == str(SOURCE / "main.go")
    assert (each["code"], each["reason"], each["allocs"]) == ("escape", "&order{...} escapes to heap", 200)
    assert any("kept = " in step["text"] for step in each["flow"]), "how it escapes where it was inlined"
    assert each["type"] == "main.order" and each["column"] > 0


def test_the_compiler_says_the_same_with_m_2() -> None:
    escapes = explain(SourcePackage(SOURCE, module="example.com/remedies"), dependencies=False)
    command = ["go", "build", "-gcflags=-m=2", "-o", os.devnull, "."]
    said = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=True).stderr
    wanted = {
        (int(line), int(column), text)
        for line, column, text in re.findall(_ESCAPES, said, re.MULTILINE)
    }
    got = {
        (each.places[-1].line, each.places[-1].column, each.message)
        for each in escapes.every()
        if each.places[-1].file.endswith("remedies/main.go") and each.flow
    }
    assert got == wanted and len(wanted) > 8


def test_lines_that_editors_jump_through_and_sarif(tmp_path: Path) -> None:
    recording = tmp_path / "out.gotop"
    gotop: Callable[..., subprocess.CompletedProcess[str]] = lambda *words: subprocess.run(  # noqa: E731
        [sys.executable, "-m", "gotop", *words], cwd=SOURCE, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert gotop("run", "--record", str(recording), "--text", ".").returncode == 0
    asked = ("explain", "--no-deps", "--source", str(SOURCE), str(recording))
    lines = gotop(*asked, "--lines").stdout.splitlines()
    assert len(lines) == 20 and all(re.match(r"\S+\.go:\d+:\d+: \S.*allocations", line) for line in lines)
    sarif = json.loads(gotop(*asked, "--sarif").stdout)
    (run,) = sarif["runs"]
    assert sarif["version"] == "2.1.0" and len(run["results"]) == 20
    uris = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]}
    assert "main.go" in uris, "relative to where one is"
    assert {each["ruleId"] for each in run["results"]} == {each["id"] for each in run["tool"]["driver"]["rules"]}
