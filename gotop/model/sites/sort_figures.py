"""The figures that rows of sites are ordered by."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gotop.model.counts.arrays import Column, increase, padded
from gotop.model.counts.snapshot import Snapshot
from gotop.model.counts.span import Span
from gotop.model.queries import SiteSort

CUMULATED = {
    SiteSort.FLAT_BYTES_PER_S: SiteSort.BYTES_PER_S,
    SiteSort.FLAT_ALLOCS_PER_S: SiteSort.ALLOCS_PER_S,
    SiteSort.FLAT_BYTES: SiteSort.BYTES,
    SiteSort.FLAT_ALLOCS: SiteSort.ALLOCS,
}
"""The figures with all that a function calls, by those of its own lines. Elsewhere they are the same."""


def sort_figures(sort: SiteSort, span: Span, stacks: Column) -> Column:
    """Return the column that sites or groups are ordered by. `stacks`: number of stacks, by group."""
    begin, end, sort = span.begin, span.end, CUMULATED.get(sort, sort)
    match sort:
        case SiteSort.STACKS:
            return stacks
        case SiteSort.AVERAGE:
            return end.group_bytes / np.maximum(end.group_allocs, 1)
        case SiteSort.BYTES_PER_S | SiteSort.SHARE | SiteSort.BYTES_SINCE:
            return increase(end.group_bytes, begin.group_bytes)
        case SiteSort.ALLOCS_PER_S | SiteSort.ALLOCS_SINCE:
            return increase(end.group_allocs, begin.group_allocs)
        case SiteSort.BYTES_BEFORE | SiteSort.ALLOCS_BEFORE:
            then = sort_figures(_BEFORE[sort], span.before, stacks) if span.before else stacks[:0]
            return padded(then, len(end.group_allocs))
        case SiteSort.BYTES_CHANGE:
            return _changes(span, lambda snapshot: snapshot.group_bytes)
        case SiteSort.ALLOCS_CHANGE:
            return _changes(span, lambda snapshot: snapshot.group_allocs)
    return {SiteSort.BYTES: end.group_bytes, SiteSort.ALLOCS: end.group_allocs, SiteSort.WASTE: end.group_waste}[sort]


_BEFORE = {SiteSort.BYTES_BEFORE: SiteSort.BYTES_PER_S, SiteSort.ALLOCS_BEFORE: SiteSort.ALLOCS_PER_S}


def _changes(span: Span, column: Callable[[Snapshot], Column]) -> Column:
    before = span.before
    if before is None:
        return np.zeros(len(column(span.end)))
    now, then = (_rates(each, column) for each in (span, before))
    return increase(now, then)


def _rates(span: Span, column: Callable[[Snapshot], Column]) -> Column:
    grown = increase(column(span.end), column(span.begin))
    return np.maximum(grown / span.seconds, 0) if span.seconds > 0 else np.zeros(len(grown))
