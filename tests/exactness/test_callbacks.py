"""Stacks of Go code that C has called: they lead on through C to the Go code that called C, as the runtime's own do.

The program (tests/services/cgocallers) calls back once and through three layers of C, from goroutines, from threads
that C made and with something else than a frame pointer in RBP; it parks in callbacks, makes stacks grow and shrink
there, and panics through them.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests import toolchains
from tests.exactness.conditions import unreadable
from tests.exactness.monitored import Frame, Run, monitor, recorded_stacks
from tests.exactness.seen import compare

#: What every run covers, and the rest.
BUILDS = [(version, variant) for version in toolchains.PINNED for variant in ("cgo", "cgo-pie")]
OTHERS = [
    (version, variant)
    for version in toolchains.SUPPORTED
    for variant in ("cgo", "cgo-pie", "race")
    if (version, variant) not in BUILDS
]

GO, GROWTH = 1, 3  # kinds of stacks
SITES = 80


def run(folder: Path, version: str, variant: str, *arguments: str, options: tuple[str, ...] = ()) -> Run:
    """Run it, and compare all that it says of itself with the report."""
    binary = toolchains.build("cgocallers", version, variant)
    seen, said = folder / "seen.json", folder / "said.json"
    done = monitor(binary, "-out", str(seen), "-statement", str(said), *arguments, options=options, statement=seen)
    compare(done, SITES)
    assert done.report["totals"]["allocs"] == json.loads(said.read_text())["mallocs"]
    assert done.report["totals"]["unattributed"] == 0
    return done


@pytest.mark.parametrize(
    ("version", "variant"), [*BUILDS, *(pytest.param(*build, marks=pytest.mark.slow) for build in OTHERS)]
)
def test_stacks_lead_through_c(version: str, variant: str, tmp_path: Path) -> None:
    run(tmp_path, version, variant)


@pytest.mark.parametrize("version", toolchains.PINNED)
def test_while_the_program_profiles_itself(version: str, tmp_path: Path) -> None:
    run(tmp_path, version, "cgo", "-cpuprofile", str(tmp_path / "cpu"))
    assert unreadable(tmp_path, version, ("cpu",)) == []


@pytest.mark.parametrize("version", toolchains.PINNED)
def test_what_runs_on_the_threads_stack(version: str, tmp_path: Path) -> None:
    """`go` statements, new goroutines and stack growth in callbacks have the goroutine's stack, callbacks and all."""
    recording = tmp_path / "recording"
    done = run(tmp_path, version, "cgo", options=("--record", str(recording)))
    seen: Counter[tuple[Frame, ...]] = Counter()
    for site in done.statement:
        seen[tuple((f["function"], f["file"], f["line"]) for f in site["frames"])] += site["allocs"]
    callers = {stack[1:] for stack in seen if stack[0][0] == "main.goMove"}

    # The statement stands in the line after an allocation that the program has noted.
    statements = counts(recording, GO)
    before = {((function, file, line - 1), *outer): n for ((function, file, line), *outer), n in statements.items()}
    assert len(before) >= len(callers)
    assert before == {stack: n for stack, n in seen.items() if stack in before}

    growth = counts(recording, GROWTH)
    made = counts(recording, 0, "runtime.g")
    assert made
    assert len({stack[1:] for stack in growth}) >= 9
    assert {stack[1:] for stack in (*growth, *made)} <= callers


def counts(recording: Path, kind: int, name: str = "") -> Counter[tuple[Frame, ...]]:
    """How often it happened, by stack from main.goMove on outwards; what others did is left out, the collector too.

    So are stacks that were deeper than what is kept.
    """
    found: Counter[tuple[Frame, ...]] = Counter()
    for stack in recorded_stacks(recording, kind):
        frames = [frame[:3] for frame in stack.frames]
        starts = [index for index, frame in enumerate(frames) if frame[0] == "main.goMove"]
        collector = any(frame[0] == "runtime.GC" for frame in frames)
        if starts and not collector and not stack.cut and stack.type == name:
            found[tuple(frames[starts[0] :])] += stack.allocs
    return found
