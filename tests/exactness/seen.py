"""What gotop reports against what the program saw itself: the statement of tests/services/internal/seen.

One code serves several instances of a generic function, and what it allocates has, to the allocator, a descriptor of
their common shape: `main.box[go.shape.int]`, where reflect, from outside, says `main.box[int]`. There types are
compared without their arguments.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from tests.exactness.monitored import Run, is_runtime, report_stacks

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


def compare(run: Run, least: int) -> None:
    """Every allocation of the program's statement, at least so many, is in the report with frames, type and figures."""
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
    """A fault as lines for the message."""
    wanted, figures, got, other = fault
    return f"{json.dumps(wanted)}\n  has {figures}, reported {got}; nearest is\n{json.dumps(other)}"
