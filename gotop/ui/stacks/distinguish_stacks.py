"""Finds the callers that distinguish the stacks of a site: those that not all of them share. Remembered, as it hardly
ever changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from gotop import units
from gotop.model.counts.arrays import Indices, indices
from gotop.model.queries import Hide
from gotop.model.sites.stack_rows import StackRows
from gotop.model.symbols.packages import conceals
from gotop.model.values import Frame, SiteKey
from gotop.ui.stacks.recursion import fold_rounds, fold_rounds_lazily, place_outside, spans
from gotop.ui.text import function_parts
from gotop.ui.widgets.rows import ListRows

LEAST = 20
"""Cells for the callers of a stack, at least."""
BETWEEN = " ‹ "
_SEVERAL = -1


class HasStack(Protocol):
    """A row with a stack: of an allocation, a `go` statement, a goroutine's stack."""

    @property
    def id(self) -> int: ...
    @property
    def frames(self) -> tuple[Frame, ...]: ...
    @property
    def cut(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack, and the callers that tell it from the site's other stacks, innermost first. `row`: what was counted of
    it, a `StackRow` or something else with `frames`. `alike`: one of another depth may begin with the same callers.
    """

    row: Any
    callers: tuple[str, ...]
    alike: bool = False


class StackList(ListRows[int, HasStack]):
    """Stacks in a list, with the interface of `StackRows`."""

    def __init__(self, rows: Sequence[HasStack]) -> None:
        super().__init__(rows, lambda row: row.id)
        self._by_id = {row.id: row for row in rows}
        ids = sorted(self._by_id)
        self.ids = indices(ids)
        self.edition = tuple([self._by_id[id_].frames for id_ in ids])

    def __getitem__(self, index: int) -> HasStack:
        return self.row(index)

    def frames(self, id_: int) -> tuple[Frame, ...]:
        """Return a stack's frames, innermost first."""
        return self._by_id[id_].frames

    def cut(self, id_: int) -> bool:
        """Whether a stack had more frames."""
        return self._by_id[id_].cut


@dataclass(frozen=True, slots=True)
class _Trace:
    """A stack's frames outside the site, without hidden ones, and where functions among them call themselves."""

    outer: tuple[Frame, ...]
    rounds: frozenset[tuple[int, int]]
    depth: int
    cut: bool

    @classmethod
    def of(cls, frames: tuple[Frame, ...], cut: bool, key: SiteKey, hide: Hide) -> _Trace:
        outer = _outside(frames, key, hide)
        return cls(outer, spans(_functions(outer)), len(frames), cut)


class _SharedCallers:
    """Counts how many callers all stacks of a site share, as stacks are added."""

    def __init__(self) -> None:
        self._count = 0
        self._first: tuple[Frame, ...] = ()
        self._shortest = 0
        self._rounds: set[tuple[int, int]] = set()

    def add_trace(self, trace: _Trace) -> None:
        """Count a stack in."""
        outer, first = trace.outer, self._first
        if not self._count:
            self._first, self._shortest = outer, len(outer)
        elif outer[: len(first)] != first:
            pairs = enumerate(zip(first, outer, strict=False))
            same = next((number for number, (mine, its) in pairs if mine != its), min(len(first), len(outer)))
            self._first = first[:same]
        self._shortest = min(self._shortest, len(outer))
        self._rounds |= trace.rounds
        self._count += 1

    @property
    def shared(self) -> int:
        """How many callers need not be named. One is left to each stack, and rounds of recursion are left whole."""
        if self._count < 2:
            return 0
        same = len(self._first)
        return place_outside(self._rounds, same if same < self._shortest else max(0, same - 1))


class _CallerTexts:
    """Writes the callers of stacks that share the first `shared` ones, and knows which of them begin alike."""

    def __init__(self, traces: dict[int, _Trace], shared: int) -> None:
        self.shared = shared
        self._traces = traces
        self._beginnings: dict[int, str] = {}
        self._depths: dict[str, int] = {}

    def add_stacks(self, ids: Iterable[int]) -> None:
        """Add stacks by their ids."""
        for id_ in ids:
            trace = self._traces[id_]
            beginning = self._beginnings[id_] = self._beginning(trace)
            if self._depths.setdefault(beginning, trace.depth) != trace.depth:
                self._depths[beginning] = _SEVERAL

    def stack(self, row: HasStack) -> Stack:
        """Return a row with the callers that distinguish it."""
        callers = fold_rounds(_functions(self._traces[row.id].outer[self.shared :]), _short)
        return Stack(row, callers, self._depths[self._beginnings[row.id]] == _SEVERAL)

    def _beginning(self, trace: _Trace) -> str:
        """Return what the narrowest column shows of its callers, beside its depth."""
        room = LEAST - len(depth_of(trace.depth, trace.cut)) - 2
        names, length = list[str](), -len(BETWEEN)
        for name in fold_rounds_lazily(_functions(trace.outer[self.shared :]), _short):
            names.append(name)
            length += len(BETWEEN) + len(name)
            if length >= room:
                break
        return BETWEEN.join(names)[:room]


class DistinguishedStacks:
    """Stacks as rows of a table, each with the callers that distinguish it."""

    def __init__(self, stacks: StackRows | StackList, texts: _CallerTexts) -> None:
        self._stacks = stacks
        self._texts = texts

    def __len__(self) -> int:
        return len(self._stacks)

    def row(self, index: int) -> Stack:
        """Return the row at a place."""
        return self._texts.stack(self._stacks[index])

    def key(self, index: int) -> int:
        """Return the identity of the row at a place."""
        return self._stacks.key(index)

    def index_of(self, key: int) -> int | None:
        """Return where a row stands; None if it is not there."""
        return self._stacks.index_of(key)


class StackDistinguisher:
    """The stacks of one site without the site itself, without the callers that all of them share, and without hidden
    ones. Remembers what depends on frames only: of the next answer, it looks at stacks that are new.
    """

    def __init__(self, key: SiteKey) -> None:
        self._key = key
        self._forget(None, Hide.NOTHING)

    def _forget(self, edition: object, hide: Hide) -> None:
        self._edition = edition
        self._hide = hide
        self._traces: dict[int, _Trace] = {}
        self._look_at_all_again()

    def _look_at_all_again(self) -> None:
        """Look at all stacks again; what is known of each stays."""
        self._ids: Indices = indices([])
        self._common = _SharedCallers()
        self._texts = _CallerTexts(self._traces, 0)

    def distinguish(self, rows: Sequence[HasStack], hide: Hide) -> DistinguishedStacks:
        """Return stacks of the site as rows, each with the callers that distinguish it from all others. Rows returned
        before do not change.
        """
        stacks = rows if isinstance(rows, StackRows) else StackList(rows)
        if hide is not self._hide or stacks.edition != self._edition:
            self._forget(stacks.edition, hide)
        if not np.array_equal(stacks.ids, self._ids):
            if not np.isin(self._ids, stacks.ids, assume_unique=True).all():
                self._look_at_all_again()  # some are gone, with which the others may have shared less
            self._add_new(stacks, np.setdiff1d(stacks.ids, self._ids, assume_unique=True).tolist())
            self._ids = stacks.ids
        return DistinguishedStacks(stacks, self._texts)

    def _add_new(self, stacks: StackRows | StackList, new: Sequence[int]) -> None:
        for id_ in new:
            trace = self._traces.get(id_)
            if trace is None:
                trace = self._traces[id_] = _Trace.of(stacks.frames(id_), stacks.cut(id_), self._key, self._hide)
            self._common.add_trace(trace)
        shared = self._common.shared
        if shared != self._texts.shared:
            self._texts, new = _CallerTexts(self._traces, shared), stacks.ids.tolist()
        self._texts.add_stacks(new)


def depth_of(frames: int, cut: bool, short: bool = False) -> str:
    """Write how many frames a stack has, with + if there were more, with † if these are missing for want of room."""
    return f"{frames}{units.SHORTENED if short else '+' if cut else ''}"


def is_site(frame: Frame, key: SiteKey) -> bool:
    """Whether this frame is the call site."""
    return frame.line == key.line and frame.function == key.function and frame.file == key.file


def _outside(frames: tuple[Frame, ...], key: SiteKey, hide: Hide) -> tuple[Frame, ...]:
    site = next((number for number, frame in enumerate(frames) if is_site(frame, key)), -1)
    outer = frames[site + 1 :]
    if hide is not Hide.NOTHING:
        outer = tuple([frame for frame in outer if not conceals(hide, frame)])
    return outer or frames[site:]


def _functions(frames: tuple[Frame, ...]) -> tuple[str, ...]:
    return tuple([frame.function for frame in frames])


@lru_cache(maxsize=1 << 14)
def _short(function: str) -> str:
    return "".join(function_parts(function.rpartition("/")[2], 80))
