"""Allocations by pprof labels and by creator of the goroutine, against the runtime's count and the program's own."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests import toolchains
from tests.exactness.monitored import Run, frames_of, monitor, report_stacks

LABELS, BYTES = 8, 64
"""What is kept: labels, and bytes of a key or value."""

OTHERS = [
    pytest.param(version, marks=pytest.mark.slow) for version in toolchains.SUPPORTED if version not in ("1.23", "1.27")
]
VERSIONS = ["1.23", "1.27", *OTHERS]
"""One in which labels are a map, and the newest."""


def attributed(
    tmp_path: Path, version: str, variant: str, *arguments: str, **env: str
) -> tuple[Run, list[dict[str, Any]]]:
    """A run of the service and what it says of its sets of labels; everything has been attributed."""
    at, out = tmp_path / "phases.json", tmp_path / "out.json"
    binary = toolchains.build("labelled", version, variant)
    command = (*arguments, "-at", str(at), "-out", str(out))
    run = monitor(binary, *command, options=["--by", "labels"], statement=out, env=env)
    totals, who = run.report["totals"], run.report["attribution"]
    assert totals["allocs"] == run.statement["mallocs"]
    for rows in (who["labels"], who["creators"]):
        assert sum(row["allocs"] for row in rows) == totals["allocs"]
        assert sum(row["bytes"] for row in rows) == totals["bytes"]
    return run, json.loads(at.read_text())


def kept(text: str) -> str:
    data = text.encode()
    return text if len(data) <= BYTES else data[:BYTES].decode(errors="ignore") + "…"


def shown(labels: dict[str, str], version: str) -> tuple[frozenset[tuple[str, str]], int]:
    """Labels as they are kept; of a map of many, none."""
    pairs = sorted((kept(key), kept(value)) for key, value in labels.items())
    first = 0 if len(pairs) > LABELS and version in ("1.21", "1.22", "1.23") else LABELS
    return frozenset(pairs[:first]), len(pairs[first:])


def by_labels(run: Run) -> Counter[tuple[frozenset[tuple[str, str]], int]]:
    rows = run.report["attribution"]["labels"]
    assert all(row["kept"] for row in rows)
    return Counter({(frozenset(row["labels"].items()), row["more"]): row["allocs"] for row in rows})


@pytest.mark.parametrize("version", VERSIONS)
def test_phases_are_what_the_runtime_counts(version: str, tmp_path: Path) -> None:
    run, phases = attributed(tmp_path, version, "stripped-pie")
    found = by_labels(run)
    assert len(phases) == 14
    for phase in phases:
        # What the runtime's own goroutines allocate meanwhile, which is next to nothing, has no labels.
        assert 0 <= phase["mallocs"] - found[shown(phase["labels"], version)] <= 3, phase
    creators = {row["function"]: row["allocs"] for row in run.report["attribution"]["creators"]}
    assert creators["main.inherit"] >= 6 * 8 * 1000 <= creators["main.inherit.func1"]
    assert 0 < creators["(main goroutine)"] < creators["main.inherit"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_label_object_a_request_is_not_a_row_a_request(version: str, tmp_path: Path) -> None:
    """100,000 requests, each with labels of its own, whose memory is used again and again."""
    run, phases = attributed(tmp_path, version, "plain", "-sets", "0", "-requests", "100000", "-gc", "10")
    found, extra = by_labels(run), 0
    requests = [phase for phase in phases if not phase["mem_stats"]]
    others = 3  # none, and two that are not the requests'
    assert run.report["gc"]["cycles"] > 20 and len(requests) == 35 == len(found) - others
    for phase in requests:
        extra += found[shown(phase["labels"], version)] - phase["mallocs"]
        assert found[shown(phase["labels"], version)] >= phase["mallocs"]
    assert extra == beyond(run, "main.request.func1", "main.object")


def beyond(run: Run, function: str, type_name: str) -> int:
    """Allocations below a function that are not of a type: what the runtime needs for itself meanwhile."""
    return sum(
        stack["allocs"]
        for site in run.report["sites"]
        for stack in site["stacks"]
        if site["type"] != type_name and any(frame["function"] == function for frame in frames_of(run.report, stack))
    )


@pytest.mark.slow
def test_more_procs_than_processors(tmp_path: Path) -> None:
    run, phases = attributed(tmp_path, "1.26", "cgo", "-requests", "20000", "-goroutines", "48", GOMAXPROCS="16")
    found = by_labels(run)
    assert all(found[shown(phase["labels"], "1.26")] >= phase["mallocs"] - 3 for phase in phases)


@pytest.mark.slow
def test_more_sets_than_there_is_room_for(tmp_path: Path) -> None:
    run, _ = attributed(tmp_path, "1.26", "plain", "-sets", "0", "-requests", "60000", "-users", "60000")
    rows = run.report["attribution"]["labels"]
    (dropped,) = (row for row in rows if not row["kept"])
    assert len(rows) > 8000 and dropped["text"] == "(sets that found no place)" and dropped["allocs"] > 0
    creators = {row["function"]: row["allocs"] for row in run.report["attribution"]["creators"]}
    assert creators["main.requests"] >= 180_000


#: The outermost function of a goroutine, and who has made such a one, as is known from the program.
MADE = {
    "runtime.cgocallback": "(a thread of C)",
    "main.started": "main.goThread",
    "main.beside.func1": "main.beside",
    "runtime.main": "(main goroutine)",
}


@pytest.mark.parametrize("variant", ["cgo", pytest.param("cgo-pie", marks=pytest.mark.slow)])
@pytest.mark.parametrize("version", VERSIONS)
def test_what_threads_of_c_allocate(version: str, variant: str, tmp_path: Path) -> None:
    """In callbacks, also those inside others, and for themselves; next to goroutines that call C and through it Go."""
    at, out = tmp_path / "made.json", tmp_path / "out.json"
    command = ("-at", str(at), "-out", str(out))
    binary = toolchains.build("cgocreators", version, variant)
    run = monitor(binary, *command, options=["--by", "creator"], statement=out)
    made = json.loads(at.read_text())
    creators = {row["function"]: row["allocs"] for row in run.report["attribution"]["creators"]}
    assert sum(creators.values()) == run.report["totals"]["allocs"] == run.statement["mallocs"]
    objects, stacks = by_outermost(run, "main.object")
    assert {who: objects[who] for who in MADE.values()} == {who: made[who] for who in MADE.values()}
    assert {who: creators[who] for who in MADE.values()} == {who: stacks[who] for who in MADE.values()}
    # Labels are those of one callback, although the next thread gets the goroutine that this one had.
    found = by_labels(run)
    assert [found[frozenset({("thread", str(number))}), 0] for number in range(12)] == [made["labelled"]] * 12


def by_outermost(run: Run, type_name: str) -> tuple[Counter[str], Counter[str]]:
    """Allocations by who has made the goroutine: those of a type, and all."""
    typed, every = Counter[str](), Counter[str]()
    for kind, frames, stack in report_stacks(run.report):
        functions = [frame["function"] for frame in frames if frame["function"] != "runtime.goexit"]
        who = MADE.get(functions[-1], "") if functions else ""
        every[who] += stack["allocs"]
        typed[who] += stack["allocs"] if kind == type_name else 0
    return typed, every


def test_nobody_asks_and_nothing_is_counted() -> None:
    run = monitor(toolchains.build("short", "1.26"), "-n", "10")
    assert run.report["attribution"] is None
