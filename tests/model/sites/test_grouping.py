"""Groups of sites, what they are called, and what a filter leaves."""

from __future__ import annotations

import numpy as np
import pytest

from gotop.agent.protocol import Stacks
from gotop.model.counts.stack_table import StackTable
from gotop.model.queries import GroupBy, Hide, SiteQuery
from gotop.model.session import Session
from gotop.model.sites.grouping import Grouping, GroupingCache
from gotop.model.values import GroupKey, SiteKey
from tests.streams import hello, names, stack, tick

FUNCTIONS = ["main.a", "main.b", "net/http.serve", "runtime.mallocgc"]
MALLOC = 4


def table() -> StackTable:
    session = Session(lambda: 0.0)
    stacks = [
        stack(n, MALLOC, site, type=1001 + kind) for n, (site, kind) in enumerate([(1, 0), (1, 1), (2, 0), (3, 0)])
    ]
    for message in (
        hello(),
        names(FUNCTIONS, ["A", "B"]),
        Stacks(tuple(stacks)),
        tick(1, dict.fromkeys(range(4), (1, 8, 0))),
    ):
        session.apply(message)
    return session._counts.table


@pytest.mark.parametrize(
    ("by", "wanted"),
    [
        (GroupBy.TYPE, {"A": 3, "B": 1}),
        (GroupBy.FUNCTION, {"main.a": 2, "main.b": 1, "net/http.serve": 1}),
        (GroupBy.PACKAGE, {"main": 3, "net/http": 1}),
        (GroupBy.MODULE, {"main module": 3, "standard library": 1}),
    ],
)
def test_a_group_is_named_by_what_its_sites_share(by: GroupBy, wanted: dict[str, int]) -> None:
    grouping = Grouping(table(), by)
    grouping.add_new_sites()
    assert {key.name: len(sites) for key, sites in zip(grouping.keys, grouping.sites, strict=True)} == wanted
    assert {key.by for key in grouping.keys} == {by}
    assert [grouping.find_group(key) for key in grouping.keys] == list(range(len(wanted)))
    assert grouping.find_group(SiteKey("main.a", "", 0, "A")) is None
    in_order = [grouping.keys[group].name for group in grouping.sorted_groups()]
    assert in_order == sorted(wanted)


def test_columns_of_a_key_say_only_what_the_sites_share() -> None:
    package, kind = GroupKey(GroupBy.PACKAGE, "main"), GroupKey(GroupBy.TYPE, "A")
    line = GroupKey(GroupBy.LINE, "main.a", "a.go", 3)
    assert (package.function, package.type, kind.function, kind.type) == ("", "", "", "A")
    assert (line.function, line.file, line.line, line.type) == ("main.a", "a.go", 3, "")


def test_a_selection_is_of_sites_that_are_not_hidden_and_match() -> None:
    cache = GroupingCache(table())
    counted = np.ones(len(table().keys), np.int64)
    every = cache.selection("", Hide.NOTHING)
    some = cache.selection("type:A", Hide.STANDARD)
    assert every.keeps_all and not some.keeps_all
    assert len(every.sites) == 4 and len(some.concealed) == 1
    found, without_filter = some.counted_sites(every.sites, counted)
    assert (len(found), without_filter) == (2, 3)
    assert cache.selection("type:A", Hide.STANDARD) is some
    for number in range(GroupingCache.KEEP):
        cache.selection(f"other{number}", Hide.NOTHING)
    assert cache.selection("type:A", Hide.STANDARD) is not some


def test_rows_of_groups_are_found_by_their_keys() -> None:
    session = Session(lambda: 0.0)
    for message in (
        hello(), names(FUNCTIONS, ["A"]), Stacks((stack(0, MALLOC, 1, type=1001), stack(1, MALLOC, 3, type=1001))),
        tick(1, {0: (1, 8, 0), 1: (1, 9, 0)}),
    ):  # fmt: skip
        session.apply(message)
    view = session.sites(SiteQuery(group=GroupBy.PACKAGE))
    assert [view.index_of(row.key) for row in view.rows] == [0, 1]
    assert view.index_of(GroupKey(GroupBy.MODULE, "main")) is None


def test_sites_can_be_filtered_by_their_callers_also_by_those_that_come_later() -> None:
    session = Session(lambda: 0.0)
    for message in (
        hello(),
        names(FUNCTIONS),
        Stacks((stack(0, MALLOC, 1, 3), stack(1, MALLOC, 2))),
        tick(1, {0: (1, 8, 0), 1: (1, 8, 0)}),
    ):
        session.apply(message)
    query = SiteQuery(filter="caller:=net/http.serve")
    assert [row.key.function for row in session.sites(query).rows] == ["main.a"]
    session.apply(Stacks((stack(2, MALLOC, 2, 3),)))
    session.apply(tick(2, {2: (5, 40, 0)}, seq=2))
    assert {row.key.function for row in session.sites(query).rows} == {"main.a", "main.b"}
    assert len(session.sites(SiteQuery(filter="!caller:serve")).rows) == 0
