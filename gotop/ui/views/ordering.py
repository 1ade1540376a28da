"""How one looks at the sites: order and filter; and a table that stands still while the service goes on. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from gotop.model.session import Session
from gotop.model.values import SiteKey, SiteQuery, SiteRow, Sort, Window
from gotop.ui.widgets.rows import ListRows, Rows

ORDER = (Sort.BYTES_PER_S, Sort.ALLOCS_PER_S, Sort.AVERAGE, Sort.BYTES, Sort.ALLOCS, Sort.WASTE, Sort.STACKS)
TEXTS = (Sort.FUNCTION, Sort.FILE, Sort.TYPE)

_FIGURES: dict[Sort, Callable[[SiteRow], float]] = {
    Sort.BYTES_PER_S: lambda row: row.bytes_per_s,
    Sort.ALLOCS_PER_S: lambda row: row.allocs_per_s,
    Sort.AVERAGE: lambda row: row.average,
    Sort.BYTES: lambda row: row.bytes,
    Sort.ALLOCS: lambda row: row.allocs,
    Sort.WASTE: lambda row: row.waste,
    Sort.STACKS: lambda row: row.stacks,
}
_WORDS: dict[Sort, Callable[[SiteRow], tuple[str, int]]] = {
    Sort.FUNCTION: lambda row: (row.key.function, 0),
    Sort.FILE: lambda row: (row.key.file, row.key.line),
    Sort.TYPE: lambda row: (row.key.type, 0),
}


@dataclass(frozen=True)
class Look:
    """Order and filter of a view."""

    sort: Sort = Sort.BYTES_PER_S
    reverse: bool = False
    filter: str = ""

    def query(self, window: Window) -> SiteQuery:
        """What to ask the session."""
        return SiteQuery(self.sort, self.reverse, window, self.filter)

    def sorted_by(self, sort: Sort) -> Look:
        """Order by a column; by the same one again: the other way round."""
        if sort is self.sort:
            return replace(self, reverse=not self.reverse)
        return replace(self, sort=sort, reverse=False)

    def next_sort(self, step: int, available: Sequence[Sort]) -> Look:
        """Order by the next of the columns on the screen."""
        if not available:
            return self
        here = available.index(self.sort) if self.sort in available else -step
        return replace(self, sort=available[(here + step) % len(available)], reverse=False)


class SiteRows:
    """An answer of the session as rows of a table."""

    def __init__(self, view: object, rows: Sequence[SiteRow], find: Callable[[SiteKey], int | None]) -> None:
        self._view = view
        self._rows = rows
        self._find = find

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, index: int) -> SiteRow:
        """The row at a place."""
        return self._rows[index]

    def key(self, index: int) -> SiteKey:
        """The identity of the row at a place."""
        return self._rows[index].key

    def index_of(self, key: SiteKey) -> int | None:
        """Where a row stands; None if it is not there."""
        return self._find(key)


@dataclass(frozen=True)
class Answer:
    """Rows to show and how many there are without the filter."""

    rows: Rows[SiteKey, SiteRow]
    total: int


def ask(session: Session, look: Look, window: Window) -> Answer:
    """The rows as they are now."""
    view = session.sites(look.query(window))
    return Answer(SiteRows(view, view.rows, view.index_of), view.total_rows)


class Still:
    """The sites of one moment in every window, to be looked at in any order while the service goes on."""

    def __init__(self, session: Session) -> None:
        self._views = {window: session.sites(SiteQuery(window=window)) for window in Window}
        self._rows: dict[Window, list[SiteRow]] = {}

    def ask(self, look: Look, window: Window) -> Answer:
        """The rows as they were then."""
        if window not in self._rows:
            # As the session does: equal figures stay in the order of their keys.
            self._rows[window] = sorted(self._views[window].rows, key=lambda row: row.key)
        rows = self._rows[window]
        return Answer(ListRows(_ordered(_matching(rows, look.filter), look), lambda row: row.key), len(rows))


def _matching(rows: Iterable[SiteRow], text: str) -> list[SiteRow]:
    wanted = text.casefold()
    return [row for row in rows if wanted in _text(row.key)]


def _text(key: SiteKey) -> str:
    """What a filter looks at: the same as in the session's own answers."""
    return f"{key.function}\n{key.file}:{key.line}\n{key.type}".casefold()


def _ordered(rows: list[SiteRow], look: Look) -> list[SiteRow]:
    if look.sort in _FIGURES:
        return sorted(rows, key=_FIGURES[look.sort], reverse=not look.reverse)
    return sorted(rows, key=_WORDS[look.sort], reverse=look.reverse)
