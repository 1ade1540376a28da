"""Functions, files, lines, inlining and types against runtime.CallersFrames and reflect, for each allocation.

One code serves several instances of a generic function, and what it allocates has, to the allocator, a descriptor of
their common shape: `main.box[go.shape.int]`, where reflect, from outside, says `main.box[int]`. There types are
compared without their arguments.
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests import toolchains
from tests.exactness.monitored import is_runtime, monitor, report_stacks

#: A site's type and its frames with their inlining.
Key = tuple[str, tuple[tuple[str, str, int, bool], ...]]


def key(kind: str, frames: list[dict[str, Any]]) -> Key:
    """The end of every stack is `runtime.goexit`; whether it is listed is a matter of taste. So is the allocator."""
    kept = [(f["function"], f["file"], f["line"], f["inlined"]) for f in frames]
    while kept and is_runtime(*kept[0][:2]):
        kept.pop(0)
    while kept and kept[-1][0] == "runtime.goexit":
        kept.pop()
    if kept and "[...]" in kept[0][0] and not kept[0][3]:
        kind = re.sub(r"\[.*\]", "[...]", kind)
    return kind, tuple(kept)


@pytest.mark.parametrize("variant", ["plain", "pie", "stripped", "stripped-pie"])
@pytest.mark.parametrize("version", toolchains.PINNED)
def test_frames_and_types_are_the_runtimes_own(version: str, variant: str, tmp_path: Path) -> None:
    compare(toolchains.build("callers", version, variant), tmp_path / "seen.json", 60)


@pytest.mark.xfail(strict=True, reason="the hook's walk ends at runtime.cgocallback: who called C from Go is not seen")
@pytest.mark.parametrize("variant", ["cgo", "cgo-pie"])
@pytest.mark.parametrize("version", toolchains.PINNED)
def test_stacks_lead_through_c(version: str, variant: str, tmp_path: Path) -> None:
    compare(toolchains.build("cgocallers", version, variant), tmp_path / "seen.json", 9)


def compare(binary: Path, seen: Path, least: int) -> None:
    run = monitor(binary, "-out", str(seen), statement=seen)
    assert run.code == 0
    reported: Counter[Key] = Counter()
    size: Counter[Key] = Counter()
    for kind, frames, stack in report_stacks(run.report):
        reported[key(kind, frames)] += stack["allocs"]
        size[key(kind, frames)] += stack["bytes"]
    assert len(run.statement) >= least
    wrong = []
    for site in run.statement:
        wanted = key(site["type"], site["frames"])
        figures = (reported[wanted], size[wanted])
        if figures != (site["allocs"], site["bytes"]):
            wrong.append((wanted, (site["allocs"], site["bytes"]), figures, nearest(wanted, reported)))
    assert not wrong, "\n".join(map(explain, wrong))


def nearest(wanted: Key, reported: Counter[Key]) -> Key | None:
    """The reported stack that has most in common with the one wanted, for the message."""
    return max(reported, key=lambda other: (other[0] == wanted[0]) + len(set(other[1]) & set(wanted[1])), default=None)


def explain(fault: tuple[Key, tuple[int, int], tuple[int, int], Key | None]) -> str:
    wanted, figures, got, other = fault
    return f"{json.dumps(wanted)}\n  has {figures}, reported {got}; nearest is\n{json.dumps(other)}"
