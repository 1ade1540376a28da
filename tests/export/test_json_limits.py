"""What a document leaves out stands in a row beside the list: sums are whole to the last byte, whatever the limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gotop.agent.protocol import Message, Stacks
from gotop.agent.recording import read_recording
from gotop.export import json_readings
from gotop.export.json_report import as_json, document
from gotop.export.json_tables import Limits
from gotop.model.session import Session
from tests.streams import hello, names, stack, tick, totals
from tests.ui.busy import Busy
from tests.ui.recorded import RECORDING

LIMITS = [Limits(), Limits(3, 1), Limits(0, 0), Limits(50), Limits(None, 2), Limits(1_000_000, 1_000_000)]
FIGURES = ("allocs", "bytes", "waste")


def schema(name: str) -> jsonschema.Draft202012Validator:
    """A schema of the package, which is one itself."""
    found = json.loads(files("gotop.export").joinpath("schema", f"{name}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


def played(messages: Iterator[Message]) -> Session:
    """A session that has seen them all."""
    session = Session(lambda: 0.0)
    for message in messages:
        session.apply(message)
    return session


@pytest.fixture(scope="module")
def recorded() -> Session:
    """A NATS server under load."""
    return played(read_recording(RECORDING))


def summed(rows: list[dict[str, Any]], rest: dict[str, Any] | None, name: str) -> int:
    """A figure of all rows and the rest."""
    return sum(row[name] for row in rows) + (rest[name] if rest else 0)


def check_sums(got: dict[str, Any]) -> None:
    """Rows and rest are the whole, at every place that has both; numbers are places that there are."""
    for name in FIGURES:
        assert summed(got["sites"], got["sites_rest"], name) == got["totals"][name]
        for site in got["sites"]:
            assert summed(site["stacks"], site["stacks_rest"], name) == site[name]
    statements = got["goroutines"]
    assert summed(statements["growth"], statements["growth_rest"], "growths") == statements["stacks"]["growths"]
    for growth in statements["growth"]:
        assert summed(growth["stacks"], growth["stacks_rest"], "count") == growth["growths"] + growth["shrinks"]
    used = {stack["stack"] for site in [*got["sites"], *statements["growth"]] for stack in site["stacks"]}
    assert used == set(range(len(got["stacks"])))
    assert {number for numbers in got["stacks"] for number in numbers} == set(range(len(got["frames"])))
    assert len({json.dumps(frame) for frame in got["frames"]}) == len(got["frames"])
    assert len({tuple(numbers) for numbers in got["stacks"]}) == len(got["stacks"])


@pytest.mark.parametrize("limits", LIMITS)
def test_rows_and_rest_are_the_totals_of_a_recording(recorded: Session, limits: Limits) -> None:
    got = json.loads(as_json(recorded, limits))
    schema("report").validate(got)
    check_sums(got)
    whole = document(recorded, LIMITS[-1])
    for each, every in ((got["sites"], whole["sites"]), (got["gc"]["pauses"], whole["gc"]["pauses"])):
        assert limits.top is None or len(each) == min(limits.top, len(every))
    assert got["gc"]["pauses_before"] + len(got["gc"]["pauses"]) == len(whole["gc"]["pauses"])
    assert got["gc"]["collections_before"] + len(got["gc"]["collections"]) == len(whole["gc"]["collections"])
    created = summed(got["goroutines"]["sites"], got["goroutines"]["sites_rest"], "created")
    assert created == sum(site["created"] for site in whole["goroutines"]["sites"])


@pytest.mark.parametrize("limits", LIMITS)
def test_rows_and_rest_are_the_totals_of_a_service_that_does_everything(limits: Limits) -> None:
    got = json.loads(as_json(played(Busy().run(20)), limits))
    schema("report").validate(got)
    assert got["goroutines"]["growth"] or limits.top == 0
    check_sums(got)


def test_everything_is_in_the_whole_document(recorded: Session) -> None:
    got = document(recorded, LIMITS[-1])
    assert got["sites_rest"] is None and not any(site["stacks_rest"] for site in got["sites"])
    assert sum(len(site["stacks"]) for site in got["sites"]) == len(
        [row for row in recorded._counts.table.counted[0][: recorded.stacks_counted].tolist() if row]
    ) - sum(1 for row, count in enumerate(recorded._counts.table.counted[0].tolist())
            if count and recorded._counts.table.rows.kind(row) != 0)  # fmt: skip


def huge(sites: int, depth: int) -> Iterator[Message]:
    """Sites with names of 2,000 characters, each with stacks of its own."""
    places = [f"main.{'x' * 2000}{number}" for number in range(sites)]
    yield hello()
    yield names(["runtime.mallocgc", *places])
    yield Stacks(
        tuple(stack(number, 1, 2 + number // 4, *(2 + (number + step) % sites for step in range(depth)))
              for number in range(4 * sites))
    )  # fmt: skip
    counted = {number: (1, 16 + number, 3) for number in range(4 * sites)}
    sums = [tuple(map(sum, zip(*counted.values(), strict=True)))]
    yield tick(1, counted, totals(sums))  # type: ignore[arg-type]


def test_a_document_is_below_5_mb_whatever_the_program() -> None:
    session = played(huge(2_000, 200))
    text = as_json(session)
    got = json.loads(text)
    assert len(text) < 5_000_000
    assert 100 < len(got["sites"]) < 2_000 and got["sites_rest"]["sites"] == 2_000 - len(got["sites"])
    assert got["sites"][0]["stacks"], "those with the most bytes have stacks"
    check_sums(got)


def test_readings_are_lines_of_their_schema_and_their_sums_are_the_totals() -> None:
    session, lines, last = Session(lambda: 0.0), schema("ndjson"), None
    for message in Busy().run(5):
        session.apply(message)
        newest = session.now.timeline.current
        if newest is last or session.now.timeline.empty:
            continue
        last = newest
        for limits in (Limits(), Limits(2)):
            got = json.loads(json.dumps(json_readings.reading(session, limits)))
            lines.validate(got)
            for name in ("allocs", "bytes"):
                assert summed(got["sites"], got["sites_rest"], name) == got["totals"][name]
            assert len(got["sites"]) <= (limits.top or json_readings.TOP)
    got = json.loads(json.dumps(json_readings.report(session, Limits())))
    lines.validate(got)
    assert got["event"] == "report"


@pytest.mark.parametrize("change", [{"schema": 1}, {"sites": [{}]}, {"surplus": 1}, {"frames": [{"function": "f"}]}])
def test_the_schema_refuses_what_is_no_report(change: dict[str, Any], recorded: Session) -> None:
    got = json.loads(as_json(recorded, Limits(1, 1)))
    assert not schema("report").is_valid({**got, **change})


def test_the_package_has_the_schemas() -> None:
    shipped = Path(str(files("gotop.export"))) / "schema"
    assert sorted(file.name for file in shipped.iterdir()) == ["ndjson.json", "report.json"]
