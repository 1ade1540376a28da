"""Sites and their share of a collection."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gotop.agent.protocol import (
    HEAP,
    Events,
    StackDef,
    Stacks,
)
from gotop.model.runtime.site_shares import SiteShare, mark_lookalikes
from gotop.model.values import SiteKey
from tests.model.runtime.recorded import (
    MAIN,
    MALLOC,
    SERVE,
    T,
    gc,
    session_of,
)
from tests.streams import tick


def test_the_sites_behind_a_cycle() -> None:
    stacks = Stacks((StackDef(0, HEAP, T, (MALLOC, SERVE), False), StackDef(1, HEAP, T, (MALLOC, MAIN), False)))
    session, total = session_of(stacks), [0, 0]
    for step, counted in enumerate(((5, 50), (1, 30), (2, 20), (9, 90)), 1):
        total = [have + count for have, count in zip(total, counted, strict=True)]
        ticked = tick(step, {0: (counted[0], 10 * counted[0], 0), 1: (1, counted[1], 0)})
        session.apply(
            replace(ticked, totals=replace(ticked.totals, allocs=total[0] + step, bytes=10 * total[0] + total[1]))
        )
    session.apply(Events((), 0, (gc(1, 1.5), gc(2, 2.5))))
    _, second = session.runtime.cycles()
    found = [(site.key.function, site.allocs, site.bytes) for site in session.runtime.cycle_sites(second)]
    assert found == [("main.main", 2, 50), ("main.serve", 3, 30)]
    assert sum(site.share for site in session.runtime.cycle_sites(second)) == pytest.approx(1)
    assert len(session.runtime.cycle_sites(second, limit=1)) == 1


def share(function: str, line: int, kind: str) -> SiteShare:
    return SiteShare(SiteKey(function, "m.go", line, kind), 1, 8, 0.1, 8)


def test_sites_that_look_alike_are_marked() -> None:
    one, other_type, other_line, alone = mark_lookalikes([
        share("main.a", 1, "A"), share("main.a", 1, "B"), share("main.a", 2, "A"), share("main.b", 1, "A"),
    ])  # fmt: skip
    assert [(each.twins, each.siblings) for each in (one, other_type, other_line, alone)] == [
        (True, True), (True, True), (False, True), (False, False),
    ]  # fmt: skip
    assert (one.function, one.line, one.type, one.lost) == ("main.a", 1, "A", 0.5)
