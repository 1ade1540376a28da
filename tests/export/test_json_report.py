"""The report's documents: the shape that was promised, and figures that are the session's."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from gotop.agent.protocol import (
    AttributeDef,
    Attributes,
    AttributionDeltas,
    Ended,
    Events,
    Message,
    PprofLabel,
    RuntimeStat,
    Settings,
    Stacks,
    Stw,
)
from gotop.export.json_report import as_json, document
from gotop.export.text_report import as_text, ending_text
from gotop.model.session import Session
from gotop.model.status.values import Ending
from tests.streams import SECOND, START, hello, live_streams, names, stack, tick, totals
from tests.ui.busy import Busy

NUMBER, TEXT, FLAG = (int, float), str, bool
# The document of the issue that asked for it, with the kinds of values.
PROMISED: dict[str, Any] = {
    "schema": 2,
    "target": {"pid": NUMBER, "exe": TEXT, "go_version": TEXT, "arch": TEXT, "stripped": FLAG, "pie": FLAG},
    "seconds": NUMBER,
    "totals": {
        "allocs": NUMBER, "bytes": NUMBER, "runtime_allocs": NUMBER, "runtime_bytes": NUMBER, "coverage": NUMBER,
        "unattributed": NUMBER,
    },
    "sites": [
        {
            "function": TEXT, "file": TEXT, "line": NUMBER, "type": TEXT, "allocs": NUMBER, "bytes": NUMBER,
            "allocs_per_s": NUMBER, "bytes_per_s": NUMBER,
            "stacks": [
                {
                    "allocs": NUMBER, "bytes": NUMBER, "stack": NUMBER,
                }
            ],
        }
    ],
    "frames": [{"function": TEXT, "file": TEXT, "line": NUMBER, "inlined": FLAG}],
    "stacks": [[NUMBER]],
    "goroutines": {
        "live": NUMBER, "created": NUMBER,
        "sites": [{"function": TEXT, "file": TEXT, "line": NUMBER, "created": NUMBER}],
    },
    "gc": {
        "cycles": NUMBER, "heap_live": NUMBER, "heap_goal": NUMBER,
        "pauses": [{"at": NUMBER, "reason": TEXT, "stopping_ns": NUMBER, "stopped_ns": NUMBER}],
    },
    "health": {"partial": [TEXT], "agent_cpu_s": NUMBER, "lag_ms": NUMBER},
}  # fmt: skip


RUNTIME: dict[str, Any] = {
    "goroutines": {
        "reading": {"at": NUMBER, "user": NUMBER, "system": NUMBER, "dead": NUMBER, "stack_bytes": NUMBER},
        "sites": [{"live": NUMBER, "stack_bytes": NUMBER, "new": NUMBER, "reused": NUMBER, "states": {}}],
        "growth": [{"function": TEXT, "growths": NUMBER, "shrinks": NUMBER, "copied": NUMBER,
                    "sizes": [{"old": NUMBER, "new": NUMBER, "count": NUMBER}],
                    "stacks": [{"count": NUMBER, "old": NUMBER, "new": NUMBER, "stack": NUMBER}]}],
    },
    "gc": {
        "collections": [{"number": NUMBER, "before": NUMBER, "after": NUMBER, "marked": NUMBER, "mark_ns": NUMBER,
                         "assist_ns": NUMBER, "background_ns": NUMBER, "pause_ns": NUMBER, "forced": FLAG}],
        "pause_quantiles": {"stopping": {"p50_ns": NUMBER, "p99_ns": NUMBER, "max_ns": NUMBER}},
    },
    "paths": [{"path": TEXT, "allocs": NUMBER, "bytes": NUMBER, "waste": NUMBER, "share": NUMBER}],
    "size_classes": [{"size": NUMBER, "mallocs": NUMBER, "live": NUMBER, "waste": NUMBER}],
    "sites": [{"waste": NUMBER, "stacks": [{"waste": NUMBER, "path": TEXT}]}],
}  # fmt: skip


def has(found: Any, promised: Any, where: str = "document") -> None:
    if isinstance(promised, dict):
        for key, inner in promised.items():
            assert key in found, f"{where}.{key}"
            has(found[key], inner, f"{where}.{key}")
    elif isinstance(promised, list):
        assert found, f"{where} is empty: nothing is checked"
        for item in found:
            has(item, promised[0], f"{where}[]")
    elif promised == 2:
        assert found == 2
    else:
        assert isinstance(found, promised), f"{where} is {found!r}"


def full() -> Session:
    session = Session(lambda: 0.0)
    runtime = RuntimeStat(
        START, mallocs=1100, base_mallocs=100, alloc_bytes=9000, base_alloc_bytes=1000, hooked=1000, heap_live=4 << 20,
        heap_goal=8 << 20, num_gc=3, goroutines=9, hooked_bytes=8000,
    )  # fmt: skip
    defs = (stack(0, 1, 2, 4, type=1001), stack(1, 1, 3, 4), stack(2, 2, 4, kind=1, type=1002), stack(3, 1, 3))
    messages: list[Message] = [
        hello(partial=("mallocgc is inlined into main.f",)),
        names(["runtime.mallocgc", "main.small", "main.large", "main.main"], ["main.T", "main.worker"]),
        Stacks(defs),
        Events((Stw(START + SECOND, 1, 12_000, 345_000),), 0),
        tick(
            2,
            {0: (900, 14_400, 0), 1: (60, 600_000, 100), 3: (40, 400_000, 0), 2: (5, 0, 0)},
            totals([(1000, 1_014_400, 100)], gos=5, unattributed=2),
            dur=2,
            runtime=runtime,
        ),
    ]
    for message in messages:
        session.apply(message)
    return session


def test_it_has_everything_that_was_promised() -> None:
    has(json.loads(as_json(full())), PROMISED)


def test_its_figures() -> None:
    got = document(full())
    assert got["seconds"] == 2.0
    assert got["totals"] == {
        "allocs": 1000, "bytes": 1_014_400, "waste": 100, "runtime_allocs": 1000, "runtime_bytes": 8000,
        "coverage": 1.0, "coverage_bytes": 1.0, "coverage_now": None, "unattributed": 2,
    }  # fmt: skip
    assert [(s["function"], s["type"], s["allocs"], s["bytes_per_s"]) for s in got["sites"]] == [
        ("main.large", "", 100, 500_000.0),
        ("main.small", "main.T", 900, 7200.0),
    ]
    assert [s["bytes"] for s in got["sites"][0]["stacks"]] == [600_000, 400_000]
    assert got["goroutines"]["sites"][0]["starts"] == "main.worker"
    assert got["gc"]["pauses"] == [
        {"at": 1.0, "reason": "GC mark termination", "stopping_ns": 12_000, "stopped_ns": 345_000}
    ]
    assert got["ending"] is None


@given(live_streams())
def test_any_session_can_be_reported_and_its_sums_agree(stream: list[Message]) -> None:
    session = Session(lambda: 0.0)
    for message in stream:
        session.apply(message)
        assert json.loads(as_json(session))["schema"] == 2
        assert as_text(session).endswith("\n")
    got = json.loads(as_json(session))
    assert sum(site["bytes"] for site in got["sites"]) == got["totals"]["bytes"]
    for site in got["sites"]:
        assert sum(s["allocs"] for s in site["stacks"]) == site["allocs"]
    sizes = [site["bytes"] for site in got["sites"]]
    assert sizes == sorted(sizes, reverse=True)


def test_who_allocated() -> None:
    session = full()
    assert document(session)["attribution"] is None and "pprof labels" not in as_text(session)
    defs = (
        AttributeDef(0, 4, (PprofLabel("path", "/a"),), 0, 0),
        AttributeDef(1, 4, (), 2, 0), AttributeDef(2, 0, (), 0, 1),
    )  # fmt: skip
    session.apply(Attributes(defs))
    session.apply(AttributionDeltas(START + 2 * SECOND, START, (0, 10, 1000, 1, 5, 100, 2, 1, 16), (1, 8), ""))
    got = json.loads(as_json(session))["attribution"]
    assert got["seconds"] == 2.0
    assert [(row["labels"], row["more"], row["kept"], row["allocs"]) for row in got["labels"]] == [
        ({"path": "/a"}, 0, True, 10), ({}, 2, True, 5), ({}, 0, False, 2),
    ]  # fmt: skip
    assert got["labels"][0]["bytes_per_s"] == 500.0
    assert {row["function"]: row["bytes"] for row in got["creators"]} == {
        "main.main": 1100, "(the runtime itself)": 16, "(creators that found no place)": 8,
    }  # fmt: skip
    text = as_text(session)
    assert re.search(r"10 +\S+ %  path=/a$", text, re.M)
    assert re.search(r"main\.main  /src/main\.main\.go:40$", text, re.M)


def test_before_anything_came() -> None:
    got = document(Session(lambda: 0.0))
    assert (got["target"], got["sites"], got["totals"]["coverage"]) == (None, [], None)
    assert "no service" in as_text(Session(lambda: 0.0))


def test_the_text_says_the_same_in_units_and_stands_in_columns() -> None:
    text = as_text(full())
    assert "1.01 MB" in text
    assert "507 kB/s" in text
    assert "100 %  of the runtime's own count" in text
    assert "partial: mallocgc is inlined into main.f" in text
    lines = text.splitlines()
    head = next(number for number, line in enumerate(lines) if "call site" in line)
    column = lines[head].index("call site")
    assert lines[head + 1][column:].startswith("main.large  /src/main.large.go:30")
    assert lines[head + 2][column:].startswith("main.small")
    right = lines[head].index("allocs/s") + len("allocs/s")
    assert {line[right - 1] != " " and line[right] == " " for line in lines[head : head + 3]} == {True}
    assert re.search(r"GC mark termination +1 +357 µs", text)


def test_more_sites_than_asked_for_are_counted() -> None:
    assert "… and 1 more call sites" in as_text(full(), sites=1)


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (Ending(1, 3, None, False, False, False), "exited with code 3"),
        (Ending(1, 0, None, False, True, False), "exited with code 0 as asked"),
        (Ending(1, None, 9, False, False, False), "ended by SIGKILL"),
        (Ending(1, None, 11, True, False, False), "ended by SIGSEGV (core dumped)"),
        (Ending(1, None, 99, False, False, False), "ended by signal 99"),
        (Ending(1, None, None, False, False, True), "let go by gotop, running on"),
    ],
)
def test_endings(ending: Ending, text: str) -> None:
    assert ending_text(ending) == text


def test_the_end_is_in_both() -> None:
    session = full()
    session.apply(Ended(START + 3 * SECOND, None, 15, False, True, False))
    assert document(session)["ending"] == {
        "at": 3.0, "code": None, "signal": 15, "core": False, "by_us": True, "detached": False,
    }  # fmt: skip
    assert "ended by SIGTERM as asked" in as_text(session).splitlines()[0]


def test_what_is_known_of_the_runtime_is_in_both() -> None:
    service = Busy()
    session = Session(lambda: 0.0)
    for message in service.run(20):
        session.apply(message)
    got = json.loads(as_json(session))
    has(got, RUNTIME)
    runtime = session.runtime
    serve = next(site for site in got["goroutines"]["sites"] if site["starts"].endswith("conn).serve"))
    assert (serve["live"], serve["states"]["IO wait"], serve["stack_bytes"]) == (224, 212, 224 * 8192 - 9 * 4096)
    assert serve["new"] + serve["reused"] == serve["created"]
    stacks = got["goroutines"]["stacks"]
    assert (stacks["created"], stacks["first"]) == (session.goroutines().created, 2048)
    growth = got["goroutines"]["growth"]
    assert sum(site["growths"] for site in growth) == stacks["growths"]
    for site in growth:
        assert sum(stack["count"] for stack in site["stacks"]) == site["growths"] + site["shrinks"]
    assert len(got["gc"]["collections"]) == got["gc"]["cycles"] == 8
    assert got["gc"]["pause_quantiles"]["together"]["count"] == len(got["gc"]["pauses"]) == 16
    assert sum(path["waste"] for path in got["paths"]) == got["totals"]["waste"]
    assert sum(each["waste"] for each in got["size_classes"]) == got["totals"]["waste"]
    assert sum(site["waste"] for site in got["sites"]) == got["totals"]["waste"]
    assert {stack["path"] for site in got["sites"] for stack in site["stacks"]} == {
        p.path for p in runtime.alloc_paths()
    }
    text = as_text(session)
    assert re.search(r"224 +1.8. MB +\d", text), "a statement's living goroutines and their stacks"
    assert "main's first stack 2.05 kB" in text
    assert re.search(r"^ *8 +19\.\d+ s +17\.\d MB +17\.6 MB +9\.\d+ MB", text, re.M), "the last cycle"
    assert re.search(r"small without pointers$", text, re.M)


def test_the_mode_that_a_budget_has_changed_is_told() -> None:
    session = Session(lambda: 0.0)
    for message in (hello(), tick(3, dur=3), Settings("sampled", 64, 100, 524288), tick(5, seq=2)):
        session.apply(message)
    assert "the mode changed: exact, sampled from 3.00 s on" in as_text(session)
    assert document(session)["health"]["modes"] == [{"at": 0.0, "mode": "exact"}, {"at": 3.0, "mode": "sampled"}]


def priced(**prices: Any) -> Session:
    """A session whose agent says so of the hooks' cost."""
    session, reading = Session(lambda: 0.0), tick(3, dur=3)
    session.apply(hello())
    session.apply(replace(reading, agent=replace(reading.agent, cpu_ns=250_000_000, **prices)))
    return session


def test_what_it_cost_is_said_with_its_interval() -> None:
    session = priced(
        overhead=0.05, overhead_low=0.04, overhead_high=0.06,
        overhead_all=0.5, overhead_all_low=0.45, overhead_all_high=0.55,
    )  # fmt: skip
    assert "the hooks took ≈50.0 % (45.0–55.0) of the service's CPU time; the agent has used 250 ms" in as_text(session)
    health = document(session)["health"]
    assert [health[f"overhead{which}"] for which in ("", "_low", "_high")] == [0.05, 0.04, 0.06]
    assert [health[f"overhead_all{which}"] for which in ("", "_low", "_high")] == [0.5, 0.45, 0.55]


def test_a_cost_that_is_not_measured_is_a_lower_bound_and_why() -> None:
    session = priced(overhead=0.05, overhead_all=0.013, overhead_why="samples are not allowed here")
    assert "the hooks took ≥1.30 % of the service's CPU time: samples are not allowed here; the agent" in as_text(
        session
    )
    health = document(session)["health"]
    assert health["overhead"] == 0.05 and health["overhead_low"] is health["overhead_all_high"] is None
    assert health["overhead_why"] == "samples are not allowed here"


def test_a_cost_that_is_not_known_is_not_mentioned() -> None:
    assert "hooks took" not in as_text(priced())
