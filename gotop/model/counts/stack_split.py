"""The exact counts of sites, split among their stacks, of which a sample is known (mode sites+sampled).

What is counted of a site comes as a *short stack*: the frames up to the site. Samples have whole stacks. Each change of
a short stack's counts is shared out at once among the stacks that begin with it, in whole objects and bytes whose sums
are that change, so that sites, stacks, flame graph and totals agree in every reading and in every window. The split is
an estimate; where a short stack has no sample yet, what it counts stays its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gotop.agent.protocol import HEAP
from gotop.model.counts.arrays import BIG_INTS, EMPTY, Column, Indices, gathered, indices, value_at
from gotop.model.counts.counters import CountColumns
from gotop.model.counts.sampling import weight
from gotop.model.counts.stack_store import StackStore

Change = tuple[int, int, int, int]
"""Row, objects, bytes, waste."""

_MOST = 1 << 53
"""The largest figure that is shared out: floats hold it exactly. Only a peer that sends nonsense has more."""

_SHORT = 32
"""Frames that lead to a site at most (hookagent/hook sitesDepth); what is longer is a stack cut at the depth limit."""

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class _ShortStack:
    """What a site's counts come as. `pcs`: its frames; `candidates`: places of samples of the same type, path and
    innermost frame, of which the first `seen` were looked at; `whole`: places of those whose stacks begin with it.
    """

    pcs: tuple[int, ...]
    candidates: list[int]
    seen: int = 0
    whole: list[int] = field(default_factory=list)


def apportion(amounts: Column, weights: Floats, begins: Indices) -> Column:
    """Share out whole amounts among the places of each segment by their weights: the largest remainders are rounded
    up, so that the sum of each segment is its amount. Where all weights of a segment are 0, they count as equal.
    `begins`: where each segment begins, ascending from 0; none is empty.
    """
    sizes = np.diff(np.append(begins, len(weights)))
    segment = np.repeat(np.arange(len(begins)), sizes)
    sums = np.add.reduceat(weights, begins)
    weights = np.where(sums[segment] > 0, weights, 1.0)
    ideal = weights / np.add.reduceat(weights, begins)[segment] * amounts[segment]
    shares = np.floor(ideal).astype(np.int64)
    order = np.lexsort((-weights, shares - ideal, segment))
    missing = amounts - np.add.reduceat(shares, begins)
    shares[order] += np.arange(len(weights)) - begins[segment] < missing[segment]
    # Floats may have been off by a few units where the amount is very large.
    shares[order[begins]] += amounts - np.add.reduceat(shares, begins)
    return shares


class StackSplit:
    """Samples by place, in the order in which their rows came, and what was shared out to each.

    Attributes:
        rate: mean bytes between two samples, with which a sample is weighed when it comes in.
        active: whether samples are taken now. Where they are not, only what a viewer is told when it joins is split, as
            nobody can say any more in which mode it was counted.
        unsampled: rows of short stacks that have counted something, in this mode, before there was a sample.
    """

    def __init__(self, stacks: StackStore) -> None:
        self.rate = 0
        self.active = False
        self.unsampled: set[int] = set()
        self._stacks = stacks
        self._rows: list[int] = []
        self._places: dict[int, int] = {}
        self._by_frame: dict[tuple[int, int, int], list[int]] = {}
        self._short: dict[int, _ShortStack] = {}
        self._estimates: Floats = np.zeros((2, 0))
        """Objects and bytes that the samples of each place stand for."""
        self._sampled: set[int] = set()
        """Places of which there are samples."""
        self._booked: Column = np.zeros(0, np.int64)
        """Objects that each place was given since the last `reset`."""
        self._before: CountColumns = (EMPTY, EMPTY, EMPTY)
        """What each row had counted before it."""
        self._counted: set[int] = set()
        """Short stacks that have counted something since then."""

    def __bool__(self) -> bool:
        return bool(self._rows)

    @property
    def rows(self) -> Sequence[int]:
        """The rows of whole stacks, whose counts are estimates."""
        return self._rows

    def add_row(self, row: int) -> None:
        """Note that a row is one of samples."""
        place = self._places[row] = len(self._rows)
        self._rows.append(row)
        self._by_frame.setdefault(self._frame(row), []).append(place)

    def reset(self, before: CountColumns) -> None:
        """Expect all counts anew, from 0. `before`: what each row had counted. It is given that again where there is
        enough, as counts of one process do not go back.
        """
        self._before = before
        self._booked = np.zeros_like(self._booked)
        self._estimates = np.zeros_like(self._estimates)
        self._sampled.clear()
        self._counted.clear()

    def divide(self, rows: Sequence[int], deltas: Sequence[int]) -> Iterator[Change]:
        """Yield a tick's changes by row, those of short stacks as what is given to whole ones. `deltas`: id, count,
        bytes, waste, …; `rows`: the row of each id.
        """
        self._grow()
        flat, changes, short = iter(deltas), list[Change](), list[tuple[Change, list[int]]]()
        for row, _, count, size, waste in zip(rows, flat, flat, flat, flat, strict=True):
            if row in self._places:
                self._add_samples(self._places[row], count, size)
            else:
                changes.append((row, count, size, waste))
        for change in changes:  # when all samples are known
            first = self._is_first(change[0])
            whole = self._whole_stacks(change) if self.active or first else []
            if whole and first:
                mine = self._own(change)
                yield (change[0], *mine)
                change = (change[0], change[1] - mine[0], change[2] - mine[1], change[3] - mine[2])
            if whole and change[1]:
                short.append((change, whole))
            else:
                yield change
        if short:
            yield from self._share_out(short)

    def _frame(self, row: int) -> tuple[int, int, int]:
        stacks = self._stacks
        return stacks.type(row), stacks.path(row), next(iter(stacks.numbers(row)), -1)

    def _grow(self) -> None:
        if (more := len(self._rows) - len(self._booked)) > 0:
            room = max(more, len(self._booked))
            self._estimates = np.pad(self._estimates, ((0, 0), (0, room)))
            self._booked = np.pad(self._booked, (0, room))

    def _add_samples(self, place: int, count: int, size: int) -> None:
        if 0 < count <= _MOST and 0 <= size <= _MOST:
            stand_for = weight(size // count, self.rate)
            self._estimates[:, place] += count * stand_for, size * stand_for
            self._sampled.add(place)

    def _is_first(self, row: int) -> bool:
        """Whether a row counts for the first time since the last `reset`."""
        first = row not in self._counted
        self._counted.add(row)
        return first

    def _is_short(self, row: int) -> bool:
        return self._stacks.kind(row) == HEAP and self._stacks.cut(row) and self._stacks.depth(row) <= _SHORT

    def _own(self, change: Change) -> tuple[int, int, int]:
        """Return what of a short stack's first counts is its own: what it had before, as long as there is enough."""
        row, *amounts = change
        objects, size, waste = (value_at(column, row) for column in self._before)
        enough = all(0 <= mine <= amount for mine, amount in zip((objects, size, waste), amounts, strict=True))
        return (objects, size, waste) if enough else (0, 0, 0)

    def _whole_stacks(self, change: Change) -> list[int]:
        """Return the places that a change is shared out to; none: it stays with the row that has counted it."""
        row, *amounts = change
        if not self._is_short(row) or not amounts[0] or not all(0 <= amount <= _MOST for amount in amounts):
            return []
        short = self._short.get(row)
        if short is None:
            candidates = self._by_frame.setdefault(self._frame(row), [])
            short = self._short[row] = _ShortStack(self._stacks.pcs(row), candidates)
        length = len(short.pcs)
        for place in short.candidates[short.seen :]:
            if self._stacks.pcs(self._rows[place])[:length] == short.pcs:
                short.whole.append(place)
        short.seen = len(short.candidates)
        if any(place in self._sampled for place in short.whole):
            return short.whole
        if self.active:
            self.unsampled.add(row)
        return []

    def _again(self, places: Indices) -> Column:
        """Return what was given to places before the last `reset` if it has not been given to them again."""
        rows = indices([self._rows[place] for place in places.tolist()])
        before = np.stack([gathered(column, rows) for column in self._before])
        if before.dtype == BIG_INTS:
            return np.zeros(before.shape, np.int64)
        return np.where((self._booked[places] == 0) & (before >= 0), before, 0)

    def _share_out(self, short: Sequence[tuple[Change, list[int]]]) -> Iterator[Change]:
        sizes = [len(whole) for _, whole in short]
        begins = indices(np.cumsum([0, *sizes[:-1]]).tolist())
        segment = np.repeat(np.arange(len(short)), sizes)
        places = indices([place for _, whole in short for place in whole])
        amounts = np.array([change[1:] for change, _ in short], np.int64).T

        again = self._again(places)
        enough: Column = np.all(np.add.reduceat(again, begins, axis=1) <= amounts, axis=0)
        again = np.where(enough[segment], again, 0)
        amounts = amounts - np.add.reduceat(again, begins, axis=1)

        # Those that have been given less than their share of all are given more now.
        objects, size = self._estimates[:, places]
        had = self._booked[places] + again[0]
        share = objects / np.maximum(np.add.reduceat(objects, begins), 1e-300)[segment]
        wanted = share * (np.add.reduceat(had, begins) + amounts[0])[segment]
        counts = apportion(amounts[0], np.maximum(wanted - had, 0.0), begins)
        each = np.divide(size, objects, out=np.zeros_like(size), where=objects > 0)
        sized = apportion(amounts[1], counts * each, begins)
        given = again + np.stack([counts, sized, apportion(amounts[2], sized.astype(np.float64), begins)])

        np.add.at(self._booked, places, given[0])  # a place may be there twice
        for place, change in zip(places.tolist(), given.T.tolist(), strict=True):
            if any(change):
                yield self._rows[place], *change
