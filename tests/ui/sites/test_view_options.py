"""Options of a table of sites: each key leads to other options, and back."""

from __future__ import annotations

import pytest

from gotop.model.queries import ATTRIBUTED, GroupBy, Hide, SiteQuery, SiteSort, Window
from gotop.model.values import GroupKey, SiteKey
from gotop.ui.sites.view_options import ViewOptions, query_sites
from tests.streams import session_of, three_stacks, tick

PLAIN = ViewOptions()
KEY = SiteKey("main.a", "/src/main.a.go", 20, "main.T")


def test_where_marks_are_compared_changes_stand_for_rates_and_levels_for_changes_elsewhere() -> None:
    assert (PLAIN.order(comparing=False), PLAIN.order(comparing=True)) == (SiteSort.BYTES_PER_S, SiteSort.BYTES_CHANGE)
    before = ViewOptions(sort=SiteSort.ALLOCS_BEFORE)
    assert (before.order(comparing=True), before.order(comparing=False)) == (
        SiteSort.ALLOCS_BEFORE, SiteSort.ALLOCS_PER_S,
    )  # fmt: skip


def test_the_same_column_again_is_the_other_way_round() -> None:
    once = PLAIN.sorted_by(SiteSort.BYTES)
    assert (once.sort, once.reverse) == (SiteSort.BYTES, False)
    assert once.sorted_by(SiteSort.BYTES).reverse
    assert PLAIN.sorted_by(SiteSort.BYTES_CHANGE).reverse, "what stands for it is the same column"
    assert not once.sorted_by(SiteSort.BYTES).sorted_by(SiteSort.TYPE).reverse


def test_the_key_for_the_order_goes_through_the_columns_in_sight() -> None:
    available = [SiteSort.FUNCTION, SiteSort.BYTES_PER_S, SiteSort.SHARE]
    assert PLAIN.next_sort(1, available, False).sort is SiteSort.SHARE
    assert PLAIN.next_sort(-1, available, False).sort is SiteSort.FUNCTION
    assert PLAIN.next_sort(1, available[:1], False).sort is SiteSort.FUNCTION, "its own is not in sight"
    assert PLAIN.next_sort(1, [], False) is PLAIN


def test_groups_go_round_and_within_a_type_nobody_groups_by_it() -> None:
    options, seen = PLAIN, []
    for _ in GroupBy:
        options = options.next_group(1)
        seen.append(options.group)
    assert set(seen) == set(GroupBy) and options == PLAIN
    scoped = ViewOptions(scope="type:=main.T")
    assert not {*ATTRIBUTED, GroupBy.TYPE} & set(scoped.groups)
    assert PLAIN.next_hide().hide is Hide.RUNTIME


def test_a_service_that_has_ended_is_ordered_by_totals_and_back() -> None:
    ended = PLAIN.for_totals(True)
    assert (ended.sort, ended.totals) == (SiteSort.BYTES, True)
    assert ended.for_totals(True) is ended
    assert ended.for_totals(False) == PLAIN
    by_type = ViewOptions(sort=SiteSort.TYPE)
    assert by_type.for_totals(True).sort is SiteSort.TYPE


@pytest.mark.parametrize(
    ("by", "name"), [(GroupBy.TYPE, "main.T"), (GroupBy.PACKAGE, "main"), (GroupBy.FUNCTION, "main.a")]
)
def test_the_filter_for_a_group_finds_its_sites_and_no_others(by: GroupBy, name: str) -> None:
    session = session_of([*three_stacks(), tick(1, {0: (2, 32, 0), 1: (1, 16, 0), 2: (5, 500, 0)})])
    options = ViewOptions(group=by).within(GroupKey(by, name, "/src/main.a.go" if by is GroupBy.FUNCTION else ""))
    assert options.group is GroupBy.SITE
    found = query_sites(session.now, options, Window.TOTAL)
    keys = {found.rows.key(index) for index in range(len(found.rows))}
    assert KEY in keys and len(keys) == (2 if by is GroupBy.PACKAGE else 1)
    assert found.total == 2


def test_labels_lead_to_creators_and_creators_to_labels() -> None:
    labels = ViewOptions(group=GroupBy.LABELS, filter="x").within(GroupKey(GroupBy.LABELS, "tenant=a"))
    assert labels.group is GroupBy.CREATOR and labels.filter.startswith("x ") and "label" in labels.filter
    creator = ViewOptions(group=GroupBy.CREATOR).within(GroupKey(GroupBy.CREATOR, "main.main", "m.go", 3))
    assert creator.group is GroupBy.LABELS and "m.go:3" in creator.filter


def test_what_is_asked_of_the_session() -> None:
    options = ViewOptions(filter="json", scope="type:=main.T", reverse=True, hide=Hide.RUNTIME)
    assert options.query(Window.S10) == SiteQuery(
        SiteSort.BYTES_PER_S, True, Window.S10, "type:=main.T json", None, GroupBy.SITE, Hide.RUNTIME
    )


def test_an_answer_in_a_scope_counts_what_is_in_it_with_and_without_the_filter() -> None:
    session = session_of([*three_stacks(), tick(1, {0: (2, 32, 0), 1: (1, 16, 0), 2: (5, 500, 0)})])
    scoped = ViewOptions(scope="func:main.a")
    everything = query_sites(session.now, scoped, Window.TOTAL)
    assert (len(everything.rows), everything.total) == (1, 1)
    nothing = query_sites(session.now, ViewOptions(scope="func:main.a", filter="zz"), Window.TOTAL)
    assert (len(nothing.rows), nothing.total, nothing.error) == (0, 1, "")
    row = everything.rows.row(0)
    assert (row.key, everything.rows.index_of(KEY), everything.rows.key(0)) == (KEY, 0, KEY)
    assert query_sites(session.now, ViewOptions(filter="~("), Window.TOTAL).error
