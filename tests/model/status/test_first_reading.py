"""A session that leaves out what was counted before its first reading: the report of a time that was watched."""

from __future__ import annotations

from gotop.agent.protocol import MAX_CHANGED, Message, RuntimeStat, StackDef, Stacks, Tick
from gotop.model.queries import SiteQuery, SiteSort, Window
from gotop.model.session import Session
from tests.streams import SECOND, START, Counted, hello, names, run, session_of, tick, totals

MALLOC, A, B = 1, 2, 3


def watched(*messages: Message) -> Session:
    return session_of(messages, from_first_reading=True)


def joined(ids: tuple[int, int] = (0, 1)) -> list[Message]:
    stacks = (StackDef(ids[0], 0, 0, (MALLOC, A), False), StackDef(ids[1], 0, 0, (MALLOC, B), False))
    return [hello(attached=True), names(["runtime.mallocgc", "main.a", "main.b"]), Stacks(stacks)]


def told(at: float, deltas: Counted, counted: Counted, dur: float = 1.0) -> Tick:
    total = totals(counted.values(), gos=counted[0][0])
    runtime = RuntimeStat(
        START + round(at * SECOND), mallocs=5000 + total.allocs, base_mallocs=5000, hooked=total.allocs
    )
    return tick(at, deltas, total, dur=dur, runtime=runtime)


def allocs(session: Session) -> dict[str, int]:
    rows = session.sites(SiteQuery(sort=SiteSort.BYTES, window=Window.TOTAL)).rows
    return {row.key.function: row.allocs for row in rows}


BEFORE: Counted = {0: (1000, 8000, 10), 1: (50, 400, 0)}
AFTER: Counted = {0: (1007, 8056, 10), 1: (50, 400, 0)}


def test_what_was_before_is_in_no_figure() -> None:
    session = watched(*joined(), told(3600, BEFORE, BEFORE, dur=3600))
    assert (session.seconds, session.totals().allocs, allocs(session)) == (0, 0, {})
    session.apply(told(3602, {0: (7, 56, 0)}, AFTER))
    counted = session.totals()
    assert (session.seconds, counted.allocs, counted.bytes, counted.waste) == (2, 7, 56, 0)
    assert (counted.runtime_allocs, counted.coverage) == (7, 1.0)
    assert allocs(session) == {"main.a": 7}
    assert session.goroutines().created == 7
    assert session.rate(Window.TOTAL).allocs == 3.5


def test_columns_of_deltas_are_left_out_too() -> None:
    whole = Tick(1, START + SECOND, SECOND, (), totals(BEFORE.values()), None, tick(1).agent, run(BEFORE))
    session = watched(*joined(), whole, told(3, {1: (2, 16, 0)}, {0: BEFORE[0], 1: (52, 416, 0)}))
    assert allocs(session) == {"main.b": 2}


def test_a_first_reading_may_come_in_parts() -> None:
    many = tuple(StackDef(id_, 0, 0, (MALLOC, A, 100 + id_), False) for id_ in range(MAX_CHANGED + 10))
    every: Counted = dict.fromkeys(range(len(many)), (1, 8, 0))
    parts = [{id_: every[id_] for id_ in each} for each in (range(MAX_CHANGED), range(MAX_CHANGED, len(many)))]
    session = watched(*joined()[:2], Stacks(many), *(tick(5, part, totals(every.values())) for part in parts))
    session.apply(tick(6, {0: (3, 24, 0)}, totals([*every.values(), (3, 24, 0)])))
    assert allocs(session) == {"main.a": 3}
    assert session.totals().allocs == 3


def test_after_another_connection_it_is_still_left_out() -> None:
    session = watched(*joined(), told(10, BEFORE, BEFORE, dur=10), told(11, {0: (7, 56, 0)}, AFTER))
    later: Counted = {0: (1010, 8080, 10), 1: (51, 408, 0)}
    for message in (*joined(ids=(1, 0)), told(13, {1: later[0], 0: later[1]}, later, dur=13)):
        session.apply(message)
    assert allocs(session) == {"main.a": 10, "main.b": 1}
    assert (session.totals().allocs, session.seconds) == (11, 3)


def test_hooks_that_another_agent_has_placed_count_from_their_beginning() -> None:
    session = watched(*joined(), told(10, BEFORE, BEFORE, dur=10))
    new: Counted = {0: (4, 32, 0), 1: (1, 8, 0)}
    for message in (*joined(), told(20, new, new)):
        session.apply(message)
    assert allocs(session) == {"main.a": 4, "main.b": 1}
    assert session.totals().allocs == 5
