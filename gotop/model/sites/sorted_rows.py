"""Rows that are few enough to be made all at once: filtered and ordered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from gotop.model.sites.filter_query import FilterText, parse_filter

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class SortedRows(Generic[R]):
    """Rows that are left, in order; `total` there were; `error` of the filter's part that was left out."""

    rows: tuple[R, ...]
    total: int
    error: str


def filter_and_sort(
    rows: Sequence[R], filter_text: Callable[[R], FilterText], filter: str = "",
    value: Callable[[R], float | str | None] | None = None, reverse: bool = False,
) -> SortedRows[R]:  # fmt: skip
    """Filter and order rows; equal ones stay in the order they came in.

    Args:
        rows: all of them.
        filter_text: what the filter looks into (`gotop.model.sites.filter_query`).
        filter: as typed.
        value: what to order by: figures from large to small, texts from A to Z; None: not at all. Rows whose figure is
            None (not known) come last.
        reverse: the other way round.
    """
    passes = parse_filter(filter)
    kept = [row for row in rows if passes.matches(filter_text(row))] if passes.terms else list(rows)
    if value is not None:
        order = value
        known = [row for row in kept if order(row) is not None]
        descending = not (known and isinstance(order(known[0]), str))
        known.sort(key=order, reverse=descending is not reverse)  # type: ignore[arg-type]
        kept = [*known, *(row for row in kept if order(row) is None)]
    elif reverse:
        kept.reverse()
    return SortedRows(tuple(kept), len(rows), passes.error)
