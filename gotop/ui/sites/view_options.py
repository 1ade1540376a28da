"""Options of a table of sites: order, filter, groups, what is hidden. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gotop.model.queries import ATTRIBUTED, GroupBy, Hide, SiteQuery, SiteSort, Window
from gotop.model.sites.filter_query import exact_term
from gotop.model.sites.moment import Moment
from gotop.model.sites.site_rows import SiteRow, SiteRows
from gotop.model.sites.sort_figures import CUMULATED
from gotop.model.values import GroupKey, RowKey
from gotop.ui.frame.hiding import next_hide
from gotop.ui.frame.time_windows import compares_marks
from gotop.ui.widgets.rows import Rows

_CHANGES = {SiteSort.BYTES_PER_S: SiteSort.BYTES_CHANGE, SiteSort.ALLOCS_PER_S: SiteSort.ALLOCS_CHANGE}
_LEVELS = {change: level for level, change in _CHANGES.items()} | {
    SiteSort.BYTES_BEFORE: SiteSort.BYTES_PER_S,
    SiteSort.BYTES_SINCE: SiteSort.BYTES_PER_S,
    SiteSort.ALLOCS_BEFORE: SiteSort.ALLOCS_PER_S,
    SiteSort.ALLOCS_SINCE: SiteSort.ALLOCS_PER_S,
}
"""What stands for columns of a comparison where nothing is compared."""
_TOTALS = {
    SiteSort.BYTES_PER_S: SiteSort.BYTES,
    SiteSort.ALLOCS_PER_S: SiteSort.ALLOCS,
    SiteSort.FLAT_BYTES_PER_S: SiteSort.FLAT_BYTES,
    SiteSort.FLAT_ALLOCS_PER_S: SiteSort.FLAT_ALLOCS,
}


@dataclass(frozen=True)
class ViewOptions:
    """Order, filter, groups and hiding of a table of sites. `sort` is the chosen order; where marks are compared,
    changes stand for rates.

    `scope`: a filter that the sites pass in any case; the whole is those that do.
    `totals`: the service has ended, and its whole run is shown.
    """

    sort: SiteSort = SiteSort.BYTES_PER_S
    reverse: bool = False
    filter: str = ""
    group: GroupBy = GroupBy.SITE
    hide: Hide = Hide.NOTHING
    scope: str = ""
    totals: bool = False

    def for_totals(self, totals: bool) -> ViewOptions:
        """Order by what was allocated in all instead of by its rate, where the service has ended, and back."""
        if totals is self.totals:
            return self
        turns = _TOTALS if totals else {total: rate for rate, total in _TOTALS.items()}
        return replace(self, totals=totals, sort=turns.get(self.sort, self.sort))

    @property
    def groups(self) -> list[GroupBy]:
        """What rows can be made of: in a scope, of sites only, as those who allocate have no types."""
        return [group for group in GroupBy if not self.scope or group not in (*ATTRIBUTED, GroupBy.TYPE)]

    def order(self, comparing: bool) -> SiteSort:
        """Return the column that the rows are ordered by."""
        flat = self.group is GroupBy.CUMULATIVE and not comparing
        sort = self.sort if flat else CUMULATED.get(self.sort, self.sort)
        return (_CHANGES if comparing else _LEVELS).get(sort, sort)

    def query(self, window: Window, comparing: bool = False) -> SiteQuery:
        """Return what to ask the session for."""
        wanted = f"{self.scope} {self.filter}".strip()
        return SiteQuery(self.order(comparing), self.reverse, window, wanted, None, self.group, self.hide)

    def sorted_by(self, sort: SiteSort) -> ViewOptions:
        """Order by a column; by the same one again: the other way round."""
        if sort in (self.sort, _CHANGES.get(self.sort), _LEVELS.get(self.sort)):
            return replace(self, reverse=not self.reverse)
        return replace(self, sort=sort, reverse=False)

    def next_sort(self, step: int, available: Sequence[SiteSort], comparing: bool) -> ViewOptions:
        """Order by the next of the columns on the screen."""
        if not available:
            return self
        now = self.order(comparing)
        here = available.index(now) if now in available else -step
        return replace(self, sort=available[(here + step) % len(available)], reverse=False)

    def next_group(self, step: int) -> ViewOptions:
        """Group by the next thing that sites share."""
        every = self.groups
        return replace(self, group=every[(every.index(self.group) + step) % len(every)])

    def next_hide(self) -> ViewOptions:
        """Hide the runtime, then the standard library, then nothing."""
        return replace(self, hide=next_hide(self.hide))

    def within(self, key: RowKey) -> ViewOptions:
        """Return the options that list the sites of one group; of labels the creators, of a creator the labels."""
        if self.group in ATTRIBUTED:
            other = GroupBy.CREATOR if self.group is GroupBy.LABELS else GroupBy.LABELS
            return replace(self, group=other, filter=f"{self.filter} {_term(key)}".strip())
        return replace(self, group=GroupBy.SITE, filter=f"{self.filter} {_term(key)}".strip())


_GROUP_TERMS = {GroupBy.LABELS: "label", GroupBy.TYPE: "type", GroupBy.PACKAGE: "pkg", GroupBy.MODULE: "mod"}


def _term(key: RowKey) -> str:
    if isinstance(key, GroupKey) and key.by in _GROUP_TERMS:
        return exact_term(_GROUP_TERMS[key.by], key.name)
    function = exact_term("func", key.function)
    whole = isinstance(key, GroupKey) and key.by is GroupBy.FUNCTION
    return function if whole else f"{function} {exact_term('file', f'{key.file}:{key.line}')}"


class ModelRows:
    """An answer of the session as rows of a table."""

    def __init__(self, rows: SiteRows) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, index: int) -> SiteRow:
        """Return the row at a place."""
        return self._rows[index]

    def key(self, index: int) -> RowKey:
        """Return the identity of the row at a place."""
        return self._rows.key(index)

    def index_of(self, key: RowKey) -> int | None:
        """Return where a row stands; None if it is not there."""
        return self._rows.index_of(key)


class _NoRows:
    def __len__(self) -> int:
        return 0

    def row(self, index: int) -> SiteRow:
        raise IndexError(index)

    def key(self, index: int) -> RowKey:
        raise IndexError(index)

    def index_of(self, key: RowKey) -> int | None:
        return None


NO_ROWS: Rows[RowKey, SiteRow] = _NoRows()
"""What is shown while stacks are read."""


@dataclass(frozen=True)
class SiteAnswer:
    """Rows to show, how many there are in the scope without the filter, and what is left out besides."""

    rows: Rows[RowKey, SiteRow]
    total: int
    concealed: int
    concealed_share: float
    error: str


def query_sites(moment: Moment, options: ViewOptions, window: Window) -> SiteAnswer:
    """Return the rows of a moment as the options want them."""
    compared = compares_marks(moment, window)
    view = moment.sites(options.query(window, compared))
    total = view.total_rows
    if options.scope:
        total = len(
            moment.sites(replace(options, filter="").query(window, compared)).rows if options.filter else view.rows
        )
    return SiteAnswer(ModelRows(view.rows), total, view.concealed, view.concealed_share, view.error)
