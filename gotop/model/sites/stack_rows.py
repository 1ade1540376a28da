"""The stacks of one site in an order, made into rows only when they are looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gotop.agent.protocol import HEAP, SAMPLE, SITE_SAMPLE
from gotop.model.counts.alloc_paths import path_name
from gotop.model.counts.arrays import (
    Column,
    Indices,
    comparable,
    gathered,
    increase,
    indices,
    present,
    quotients,
    share_of,
    value_at,
)
from gotop.model.counts.span import Span
from gotop.model.counts.stack_table import StackTable
from gotop.model.queries import StackQuery, StackSort
from gotop.model.sites.lazy_rows import LazyRows
from gotop.model.sites.ranking import CompleteOrder, Ranking, RowOrder
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.values import Frame, RowKey


@dataclass(frozen=True, slots=True)
class StackRow:
    """One distinct stack, innermost frame first. `share` of its site's bytes in the window. `id` stays the same through
    reconnection; `cut`: there were more frames; `short`: they were not kept for want of room; `beyond`: what stands for
    them in trees and exports, "" for a whole stack. `path`: see `gotop.model.counts.alloc_paths`; `estimated`: the
    figures are from samples; `of_exact`: they are a part of what the site has counted exactly, split
    by samples; `unsampled`: what is counted here is what the site has counted before any
    sample was taken of its stacks.
    """

    id: int
    type: str
    frames: tuple[Frame, ...]
    allocs: int
    bytes: int
    waste: int
    allocs_per_s: float
    bytes_per_s: float
    share: float
    cut: bool
    path: str = ""
    estimated: bool = False
    of_exact: bool = False
    unsampled: bool = False
    short: bool = False
    beyond: str = ""


class StackRows(LazyRows[StackRow]):
    """Rows of one answer. They are made of snapshots and of names as they are now: kept ones do not change.

    Attributes:
        ids: the id of each row, in the order in which stacks came.
        total: how many stacks there are, which may be more than the query's limit lets through.
        edition: the same object as long as stacks have the same frames.
    """

    def __init__(self, table: StackTable, symbols: SymbolTable, key: RowKey, query: StackQuery, span: Span) -> None:
        group = table.find_group(HEAP, key)
        mine = indices([]) if group is None else np.flatnonzero(table.group_of == group)
        self._members = present(mine, span.end.stack_allocs)
        self._shortened = group in table.shortened
        self._stacks = table.rows
        self._unsampled, self._beyond = table.split.unsampled, table.beyond
        self._first_id = table.first_id
        self._frames = symbols.frozen_frames()
        self._type = key.type
        self._span = span
        self._whole = (
            0 if group is None else value_at(span.end.group_bytes, group) - value_at(span.begin.group_bytes, group)
        )
        self._order = self._ordered(query)
        self.total = len(self._members)
        listed = self._members if len(self._order) == self.total else np.sort(self._members[self._order[:]])
        self.ids: Indices = listed + self._first_id
        self.edition = symbols.edition

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, StackRows | tuple) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as equal as rows are that would have to be made

    def key(self, index: int) -> int:
        """Return the id of a row, without making the row."""
        return int(self._members[self._order[index]]) + self._first_id

    def index_of(self, id_: int) -> int | None:
        """Return the position of an id, None if it is not there."""
        row = id_ - self._first_id
        place = int(np.searchsorted(self._members, row))
        return self._order.position_of(place) if place < self.total and self._members[place] == row else None

    def sums(self) -> tuple[int, int, int]:
        """Return objects, bytes and waste of all stacks, also of those that the query's limit leaves out."""
        end = self._span.end
        allocs, size, waste = (
            int(self._end(column).sum()) for column in (end.stack_allocs, end.stack_bytes, end.stack_waste)
        )
        return allocs, size, waste

    @property
    def shortened(self) -> int:
        """How many stacks are kept shorter for want of room, also of those that the query's limit leaves out."""
        return self._stacks.count_short(self._members) if self._shortened else 0

    def frames(self, id_: int) -> tuple[Frame, ...]:
        """Return a stack's frames, without making its row."""
        return self._frames(self._stacks.pcs(id_ - self._first_id))

    def cut(self, id_: int) -> bool:
        """Whether a stack had more frames."""
        return self._stacks.cut(id_ - self._first_id)

    def _ordered(self, query: StackQuery) -> RowOrder:
        """Return places in `_members` in order. Equal ones stay in the order in which stacks came, whichever way it
        goes.
        """
        count = len(self._members)
        if query.sort is StackSort.CALLERS:
            return CompleteOrder(sorted(range(count), key=self._functions, reverse=query.reverse)[: query.limit])
        figures = self._figures(query.sort)
        return Ranking(np.arange(count), figures, lambda: np.zeros(count, np.int64), query.reverse, query.limit)

    def _functions(self, place: int) -> list[str]:
        return [frame.function for frame in self._frames(self._stacks.pcs(int(self._members[place])))]

    def _figures(self, sort: StackSort) -> Column:
        """Return the figures that rows are ordered by, as the rows have them."""
        end = self._span.end
        match sort:
            case StackSort.AVERAGE:
                return quotients(self._end(end.stack_bytes), self._end(end.stack_allocs))
            case StackSort.BYTES_PER_S:
                return self._per_second(self._grown_bytes)
            case StackSort.ALLOCS_PER_S:
                begin = gathered(self._span.begin.stack_allocs, self._members)
                return self._per_second(increase(self._end(end.stack_allocs), begin))
            case StackSort.SHARE:
                whole = self._whole
                return np.clip(quotients(self._grown_bytes, whole), 0, 1) if whole > 0 else self._nothing
        columns = {
            StackSort.BYTES: end.stack_bytes,
            StackSort.ALLOCS: end.stack_allocs,
            StackSort.WASTE: end.stack_waste,
        }
        return self._end(columns[sort])

    @property
    def _grown_bytes(self) -> Column:
        begin = gathered(self._span.begin.stack_bytes, self._members)
        return increase(self._end(self._span.end.stack_bytes), begin)

    @property
    def _nothing(self) -> Column:
        return np.zeros(len(self._members))

    def _end(self, column: Column) -> Column:
        return gathered(column, self._members)

    def _per_second(self, amounts: Column) -> Column:
        seconds = self._span.seconds
        return np.maximum(comparable(amounts / seconds), 0.0) if seconds > 0 else self._nothing

    def _row(self, place: int) -> StackRow:
        row, span, end = int(self._members[place]), self._span, self._span.end
        its, allocs, size = self._stacks[row], value_at(end.stack_allocs, row), value_at(end.stack_bytes, row)
        grown = size - value_at(span.begin.stack_bytes, row)
        return StackRow(
            id=self._first_id + row,
            type=self._type,
            frames=self._frames(its.pcs),
            allocs=allocs,
            bytes=size,
            waste=value_at(end.stack_waste, row),
            allocs_per_s=span.per_second(allocs - value_at(span.begin.stack_allocs, row)),
            bytes_per_s=span.per_second(grown),
            share=share_of(grown, self._whole),
            cut=its.cut,
            path=path_name(its.path),
            estimated=its.kind in (SAMPLE, SITE_SAMPLE),
            of_exact=its.kind == SITE_SAMPLE,
            unsampled=row in self._unsampled,
            short=its.short,
            beyond=self._beyond(row),
        )
