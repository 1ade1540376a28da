"""Stacks of goroutines: new, reused, copied."""

from __future__ import annotations

from dataclasses import replace

from gotop.agent.protocol import (
    COPY,
    GO,
    MALG,
    StackDef,
    Stacks,
)
from gotop.model.queries import Window
from tests.model.runtime.recorded import (
    DEEP,
    FUNC1,
    MAIN,
    MALG_PC,
    NEWPROC1,
    SERVE,
    WORK,
    session_of,
)
from tests.streams import tick


def test_stacks_new_reused_and_copied() -> None:
    deep = (DEEP, SERVE)
    stacks = Stacks((
        StackDef(0, MALG, 0, (NEWPROC1, FUNC1, MAIN), False), StackDef(1, MALG, 0, (MALG_PC,), False),
        StackDef(2, COPY, 0, deep, False), StackDef(3, COPY, 0, deep, False), StackDef(4, COPY, 0, deep, False),
        StackDef(5, GO, WORK, (SERVE,), False),
    ))  # fmt: skip
    counted = {0: (3, 6144, 0), 1: (1, 32768, 0), 2: (4, 4 * 4096, 4 * 2048), 3: (1, 8192, 4096), 4: (2, 4096, 8192)}
    ticked = tick(1, {**counted, 5: (10, 0, 0)})
    session = session_of(stacks, replace(ticked, totals=replace(ticked.totals, gos=10)))
    totals = session.runtime.stack_totals()
    assert (totals.created, totals.new, totals.reused) == (10, 3, 7)
    assert (totals.allocated, totals.allocated_bytes) == (4, 6144 + 32768)
    assert (totals.growths, totals.shrinks, totals.copied) == (5, 2, 4 * 2048 + 4096 + 2 * 2048)
    (site,) = session.runtime.growth_sites(Window.TOTAL)
    assert (site.function, site.growths, site.shrinks) == ("main.deep", 5, 2)
    assert [(size.old, size.new, size.count) for size in site.sizes] == [
        (2048, 4096, 4),
        (4096, 2048, 2),
        (4096, 8192, 1),
    ]
    assert [(stack.count, stack.size) for stack in session.runtime.growth_stacks(site)] == [
        (4, 4096),
        (2, 2048),
        (1, 8192),
    ]
    assert [(stack.count, stack.size) for stack in session.runtime.stacks(MALG, None)] == [(3, 2048), (1, 32768)]
