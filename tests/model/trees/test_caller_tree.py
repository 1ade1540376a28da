"""Who called a site: a tree that grows and is looked at in parts, against stacks merged anew for every question."""

from __future__ import annotations

from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from gotop.agent.protocol import Stacks
from gotop.model.queries import Hide, StackQuery, Window
from gotop.model.session import Session
from gotop.model.sites.stack_rows import StackRow
from gotop.model.symbols.packages import conceals
from gotop.model.trees.caller_tree import LazyCallerNode
from gotop.model.trees.flame_graph import FlameQuery
from gotop.model.values import Frame, SiteKey
from tests.streams import hello, names, stack, tick

SITE, MALLOC = 2, 1
FUNCTIONS = ("runtime.mallocgc", "main.site", "main.a", "fmt.b", "runtime.c", "example.com/d.D")
KEY = SiteKey("main.site", "/src/main.site.go", 20, "")
Told: TypeAlias = tuple[Frame, int, int, float, frozenset["Told"]]

ways = st.lists(st.lists(st.integers(3, 6), max_size=5).map(tuple), min_size=1, max_size=8, unique=True)
counts = st.dictionaries(st.integers(0, 7), st.tuples(st.integers(1, 9), st.integers(0, 900), st.just(0)), max_size=8)


def told(node: LazyCallerNode) -> Told:
    """Everything below a node."""
    amounts = [child.bytes for child in node.children]
    assert amounts == sorted(amounts, reverse=True)
    return node.frame, node.allocs, node.bytes, round(node.share, 9), frozenset(map(told, node.children))


def merged(rows: list[tuple[tuple[Frame, ...], int, int]], whole: int) -> frozenset[Told]:
    """The same of stacks whose inner frames have been taken off."""
    heads = {frames[0] for frames, _, _ in rows if frames}
    found = set()
    for head in heads:
        mine = [(frames[1:], allocs, size) for frames, allocs, size in rows if frames and frames[0] == head]
        allocs, size = sum(allocs for _, allocs, _ in mine), sum(size for _, _, size in mine)
        found.add((head, allocs, size, round(size / whole if whole else 0.0, 9), merged(mine, whole)))
    return frozenset(found)


def outward(row: StackRow, hide: Hide) -> tuple[Frame, ...]:
    """The site and its callers that are not hidden."""
    site, *callers = row.frames[1:]
    return (site, *(frame for frame in callers if not conceals(hide, frame)))


@given(ways, st.lists(counts, min_size=1, max_size=4), st.sampled_from(Hide), st.sampled_from(Window))
def test_the_tree_is_that_of_all_stacks_whatever_has_been_asked_before(
    stacks: list[tuple[int, ...]], ticks: list[dict[int, tuple[int, int, int]]], hide: Hide, window: Window
) -> None:
    session = Session()
    session.apply(hello())
    session.apply(names(FUNCTIONS))
    stood = []
    for number, counted in enumerate(ticks, 1):
        known = stacks[: number * 3]  # more of them with every tick
        session.apply(Stacks(tuple(stack(id_, MALLOC, SITE, *way) for id_, way in enumerate(known))))
        session.apply(tick(number, {id_: count for id_, count in counted.items() if id_ < len(known)}))
        moment = session.now
        rows = moment.stacks(KEY, StackQuery(window=window))
        seconds = moment.seconds(window) or 1.0
        grown = [
            (outward(row, hide), row.allocs, row.bytes)
            if window is Window.TOTAL
            else (outward(row, hide), round(row.allocs_per_s * seconds), round(row.bytes_per_s * seconds))
            for row in rows
        ]
        root = moment.callers(KEY, hide, window)
        assert (root is None) == (not rows)
        if root is not None:
            assert {told(root)} == merged(grown, sum(size for _, _, size in grown))
            stood.append((root, session.moment(), told(root)))
    for root, still, said in stood:
        assert told(root) == said
        again = still.callers(KEY, hide, window)
        assert again is not None and told(again) == said


def test_names_that_come_late_make_another_tree() -> None:
    session = Session()
    session.apply(hello())
    session.apply(Stacks((stack(0, MALLOC, SITE, 3), stack(1, MALLOC, SITE, 4))))
    session.apply(tick(1, {0: (1, 10, 0), 1: (2, 30, 0)}))
    for row in session.now.stacks(KEY):
        assert row  # nothing is known of it yet
    session.apply(names(FUNCTIONS))
    root = session.callers(KEY)
    assert root is not None
    assert [(node.frame.function, node.bytes) for node in root.children] == [("fmt.b", 30), ("main.a", 10)]


@given(ways, st.integers(1, 5))
def test_a_tree_that_is_read_in_parts_is_the_same(stacks: list[tuple[int, ...]], at_most: int) -> None:
    def session() -> Session:
        made = Session()
        made.apply(hello())
        made.apply(names(FUNCTIONS))
        made.apply(Stacks(tuple(stack(id_, MALLOC, SITE, *way) for id_, way in enumerate(stacks))))
        made.apply(tick(1, {id_: (1, 10 * id_ + 10, 0) for id_ in range(len(stacks))}))
        return made

    parts, whole = session(), session()
    for read in range(at_most, len(stacks) + at_most, at_most):
        expected = (min(read, len(stacks)), len(stacks))
        assert parts.now.read_callers(KEY, Hide.NOTHING, at_most) == expected
        assert parts.read_flame(Hide.NOTHING, at_most) == expected
    mine, theirs = parts.callers(KEY), whole.callers(KEY)
    assert mine is not None and theirs is not None
    assert told(mine) == told(theirs)
    mine_flame, their_flame = parts.flame(FlameQuery(Window.TOTAL)), whole.flame(FlameQuery(Window.TOTAL))
    assert [mine_flame.value(node) for node in range(len(mine_flame))] == [
        their_flame.value(node) for node in range(len(their_flame))
    ]
    assert parts.now.read_callers(SiteKey("no", "", 0, ""), Hide.NOTHING, 1) == (0, 0)
