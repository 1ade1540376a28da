"""What a table shows: rows with an identity, counted without being made."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, Protocol, TypeVar

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Rows(Protocol[K, R_co]):
    """Rows in an order. `row` may be costly: only what is visible is asked for."""

    def __len__(self) -> int: ...

    def row(self, index: int) -> R_co:
        """Return the row at a place."""

    def key(self, index: int) -> K:
        """Return the identity of the row at a place."""

    def index_of(self, key: K) -> int | None:
        """Return where a row stands; None if it is not there."""


class ListRows(Generic[K, R]):
    """Rows from a list that is at hand anyway."""

    def __init__(self, rows: Sequence[R], identity: Callable[[R], K]) -> None:
        self._rows = rows
        self._identity = identity
        self._places: dict[K, int] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, index: int) -> R:
        """Return the row at a place."""
        return self._rows[index]

    def key(self, index: int) -> K:
        """Return the identity of the row at a place."""
        return self._identity(self._rows[index])

    def index_of(self, key: K) -> int | None:
        """Return where a row stands; None if it is not there."""
        if self._places is None:
            self._places = {self._identity(row): index for index, row in enumerate(self._rows)}
        return self._places.get(key)


class HeldRows(Generic[K, R]):
    """Rows with new figures in an old order: while somebody moves through the rows, they must not move themselves.

    A row that is gone keeps its last figures until the order is let go; new rows appear then.
    """

    def __init__(self, order: Rows[K, R], news: Rows[K, R]) -> None:
        self.order = order
        self._news = news

    def __len__(self) -> int:
        return len(self.order)

    def row(self, index: int) -> R:
        """Return the newest figures of the row that stood here."""
        now = self._news.index_of(self.order.key(index))
        return self.order.row(index) if now is None else self._news.row(now)

    def key(self, index: int) -> K:
        """Return the identity of the row that stood here."""
        return self.order.key(index)

    def index_of(self, key: K) -> int | None:
        """Return where a row stands; None if it is not there."""
        return self.order.index_of(key)
