"""What is remembered of a site's stacks against all of it worked out anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from gotop.agent.protocol import Stacks
from gotop.model.queries import Hide, SiteQuery, StackQuery
from gotop.model.runtime.goroutine_values import RuntimeStack
from gotop.model.session import Session
from gotop.model.symbols.packages import conceals
from gotop.model.values import Frame, SiteKey
from gotop.ui.stacks.columns import _callers
from gotop.ui.stacks.distinguish_stacks import (
    LEAST,
    DistinguishedStacks,
    HasStack,
    Stack,
    StackDistinguisher,
    _short,
    is_site,
)
from gotop.ui.stacks.recursion import fold_rounds, place_outside, rounds, spans
from gotop.ui.text import left
from tests.streams import hello, names, stack, tick, totals

CALLERS = ("main.f", "net/http.Serve", "runtime.run", "main.build", "example.com/a/b.(*T).Method", "main.main")
MALLOC, SITE = 1, 2
KEY = SiteKey("main.site", "/src/main.site.go", 20, "")


def anew(rows: Sequence[HasStack], hide: Hide) -> list[Stack]:
    outer = [outside(row.frames, hide) for row in rows]
    functions = [tuple([frame.function for frame in frames]) for frames in outer]
    shared = place_outside(frozenset().union(*map(spans, functions)), common(outer)) if len(rows) > 1 else 0
    stacks = [Stack(row, fold_rounds(names[shared:], _short)) for row, names in zip(rows, functions, strict=True)]
    beginnings, depths = list(map(beginning, stacks)), defaultdict[str, set[int]](set)
    for text, each in zip(beginnings, stacks, strict=True):
        depths[text].add(len(each.row.frames))
    return [replace(each, alike=len(depths[text]) > 1) for text, each in zip(beginnings, stacks, strict=True)]


def outside(frames: tuple[Frame, ...], hide: Hide) -> tuple[Frame, ...]:
    site = next((number for number, frame in enumerate(frames) if is_site(frame, KEY)), -1)
    return tuple(frame for frame in frames[site + 1 :] if not conceals(hide, frame)) or frames[site:]


def common(stacks: Sequence[tuple[Frame, ...]]) -> int:
    shortest = min(map(len, stacks))
    for number in range(shortest):
        if any(stack[number] != stacks[0][number] for stack in stacks):
            return number
    return max(0, shortest - 1)


def beginning(stack: Stack) -> str:
    depth = f"{len(stack.row.frames)}{'+' if stack.row.cut else ''}"
    return " ‹ ".join(stack.callers)[: LEAST - len(depth) - 2]


def shown(told: DistinguishedStacks) -> list[Stack]:
    rows = [told.row(index) for index in range(len(told))]
    assert [told.key(index) for index in range(len(told))] == [each.row.id for each in rows]
    assert [told.index_of(each.row.id) for each in rows] == list(range(len(rows)))
    return rows


def service() -> Session:
    session = Session(lambda: 0.0)
    session.apply(hello())
    session.apply(names(["runtime.mallocgc", "main.site", *CALLERS]))
    return session


WAYS = st.lists(st.sampled_from(range(3, 4 + len(CALLERS))), max_size=9)
"""Callers, of which the last is an address without a name."""
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("come"), st.lists(WAYS, min_size=1, max_size=5)),
        st.tuples(st.just("hide"), st.sampled_from(Hide)),
        st.tuples(st.just("name"), st.integers(0, 2)),
        st.tuples(st.just("back"), st.floats(0, 9)),
        st.just(("join", None)),
    ),
    max_size=12,
)


@settings(max_examples=300)
@given(st.lists(WAYS, max_size=5), STEPS)
def test_what_is_remembered_is_what_would_be_found_anew(
    first: list[list[int]], steps: list[tuple[str, object]]
) -> None:
    session, apart, hide, second, known = service(), StackDistinguisher(KEY), Hide.NOTHING, 0, 0
    kept: list[tuple[DistinguishedStacks, list[Stack]]] = []
    for what, value in [("come", first), *steps]:
        moment = session.now
        if what == "come":
            assert isinstance(value, list)
            defs = [stack(known + n, MALLOC, SITE, *way, cut=n % 2 == 1) for n, way in enumerate(value)]
            session.apply(Stacks(tuple(defs)))
            second += 1
            session.apply(tick(second, {each.id: (1, 16, 0) for each in defs}, totals([(second, second, 0)]), dur=1.0))
            known += len(defs)
        elif what == "hide":
            assert isinstance(value, Hide)
            hide = value
        elif what == "name":
            late = ["main.late", "runtime.late", "main.f"][value]  # type: ignore[call-overload]
            session.apply(names(["runtime.mallocgc", "main.site", *CALLERS, late]))
        elif what == "join":
            session.apply(hello())
            known, second = known + 1, second + 1
            session.apply(Stacks((stack(known - 1, MALLOC, SITE, 3, 8),)))
            session.apply(tick(second, {known - 1: (1, 16, 0)}, dur=1.0))
        else:
            assert isinstance(value, float)
            moment = session.moment(100 + value)
        told = apart.distinguish(moment.stacks(KEY, StackQuery()), hide)
        wanted = anew(list(moment.stacks(KEY, StackQuery())), hide)
        assert shown(told) == wanted
        assert shown(apart.distinguish(moment.stacks(KEY, StackQuery()), hide)) == wanted
        if kept and not {row.row.id for row in kept[-1][1]} <= {row.row.id for row in wanted}:
            assert shown(kept[-1][0]) == kept[-1][1], "rows that are held keep what was said of them"
        kept.append((told, wanted))


@given(st.lists(st.lists(WAYS, max_size=5), max_size=4), st.sampled_from(Hide))
def test_rows_that_are_made_already_are_told_apart_too(readings: list[list[list[int]]], hide: Hide) -> None:
    apart = StackDistinguisher(KEY)
    for ways in readings:
        rows = [
            RuntimeStack(9 - n, tuple(Frame(f"main.f{pc}", "", pc, False) for pc in way), 1, 0.0, 0.0, 0.0, n % 2 == 1)
            for n, way in enumerate(ways)
        ]
        assert shown(apart.distinguish(rows, hide)) == anew(rows, hide)


@given(st.lists(st.sampled_from("abc"), max_size=14))
def test_callers_that_do_not_recur_need_no_rounds(functions: list[str]) -> None:
    callers, wanted = tuple(functions), list[str]()
    for each in rounds(callers):
        name = " ‹ ".join(callers[each.start : each.start + each.length])
        said = f"({name})" if each.length > 1 else name
        wanted.append(said if each.times == 1 else f"{said} ×{each.times}")
    assert list(fold_rounds(callers, str)) == wanted
    assert spans(callers) == {(each.start, each.end) for each in rounds(callers) if each.times > 1}


@given(st.lists(st.text(st.characters(categories=["L", "N", "P"]), max_size=9), max_size=12), st.integers(0, 70))
def test_callers_that_are_out_of_sight_need_not_be_fitted(callers: list[str], width: int) -> None:
    for beyond in ("", "… deeper than was kept"):
        row = SimpleNamespace(beyond=beyond)
        wanted = [*callers, beyond] if beyond else callers
        assert _callers(Stack(row, tuple(callers)), width) == left(" ‹ ".join(wanted), width)


def test_stacks_that_are_known_are_not_looked_at_again() -> None:
    session, apart = service(), StackDistinguisher(KEY)
    session.apply(Stacks(tuple([stack(n, MALLOC, SITE, 3, *[4] * n, 5) for n in range(4)])))
    session.apply(tick(1, dict.fromkeys(range(3), (1, 16, 0))))
    key = session.sites(SiteQuery()).rows[0].key
    apart.distinguish(session.stacks(key), Hide.NOTHING)
    traces = dict(apart._traces)
    assert sorted(traces) == [0, 1, 2]
    session.apply(tick(2, dict.fromkeys(range(4), (1, 16, 0))))
    apart.distinguish(session.stacks(key), Hide.NOTHING)
    assert sorted(apart._traces) == [0, 1, 2, 3]
    assert all(apart._traces[id_] is trace for id_, trace in traces.items())


def test_stacks_look_alike_once_less_is_shared() -> None:
    session, apart = service(), StackDistinguisher(KEY)
    build, f, method, main = 6, 3, 7, 8
    first = [(build, f, method), (build, f, main)]
    for second, ways in enumerate([first, [*first, (f, main), (build, f, method, main, main)]], 1):
        session.apply(Stacks(tuple([stack(n, MALLOC, SITE, *way) for n, way in enumerate(ways)])))
        session.apply(tick(second, dict.fromkeys(range(len(ways)), (1, 16, 0))))
        rows = session.stacks(KEY)
        told = shown(apart.distinguish(rows, Hide.NOTHING))
        assert told == anew(list(rows), Hide.NOTHING)
        assert [each.alike for each in told].count(True) == (0 if second == 1 else 3)
