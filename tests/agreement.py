"""What a session says of the same allocations in different places has to be the same, to the last byte."""

from __future__ import annotations

from gotop.model.queries import GroupBy, SiteQuery, StackQuery, Window
from gotop.model.session import Session
from gotop.model.trees.flame_graph import ROOT, FlameQuery


def assert_sums_agree(session: Session) -> None:
    """Totals are sites and what has none; a site is its stacks, and its callers; flame graph and groups are all sites.
    With samples, the sites' figures are estimates of their own, and only compared with each other.
    """
    totals, sites = session.totals(), list(session.sites(SiteQuery(window=Window.TOTAL)).rows)
    allocs, size, waste = (sum(getattr(row, name) for row in sites) for name in ("allocs", "bytes", "waste"))
    for row in sites:
        mine = row.allocs, row.bytes, row.waste
        stacks = session.stacks(row.key, StackQuery(window=Window.TOTAL))
        assert stacks.sums() == mine, row.key
        assert tuple(sum(getattr(each, name) for each in stacks) for name in ("allocs", "bytes", "waste")) == mine
        assert len(stacks) == stacks.total == row.stacks
        assert stacks.shortened == sum(each.short for each in stacks)
        assert row.shortened or not stacks.shortened, row.key
        if not row.key.function:
            continue  # stacks without frames, which no agent sends, have no callers either
        callers = session.callers(row.key)
        assert callers is not None and (callers.allocs, callers.bytes) == mine[:2], row.key
    for by_bytes, whole in ((True, size), (False, allocs)):
        flame = session.flame(FlameQuery(Window.TOTAL, by_bytes))
        assert flame.value(ROOT) == whole
        assert sum(flame.value(node) for node in range(len(flame)) if not flame.children(node)) == whole
    for group in (GroupBy.LINE, GroupBy.FUNCTION, GroupBy.TYPE, GroupBy.PACKAGE, GroupBy.MODULE):
        rows = session.sites(SiteQuery(window=Window.TOTAL, group=group)).rows
        assert tuple(sum(getattr(row, name) for row in rows) for name in ("allocs", "bytes", "waste")) == (
            allocs, size, waste,
        ), group  # fmt: skip
        assert any(row.shortened for row in rows) or not any(row.shortened for row in sites), group
    if not session.estimated:
        assert (totals.allocs, totals.bytes) == (allocs + totals.unattributed, size + totals.unattributed_bytes)
