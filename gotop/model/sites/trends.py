"""Bytes per second over the last half minute, by site."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import chain, pairwise, repeat

import numpy as np

from gotop.model.counts.arrays import Column, increase, padded
from gotop.model.counts.snapshot import Snapshot

TREND_S = 30


class Trends:
    """Bytes/s in each of the last seconds, worked out once for all redraws of a second."""

    def __init__(self, seconds: Sequence[Snapshot]) -> None:
        self.seconds = seconds
        self._trends: dict[int, tuple[float, ...]] = {}
        self._steps = [after.at - before.at for before, after in pairwise(seconds)]

    def growth(self, groups: int) -> Column:
        """Return by how many bytes the second half of the time surpasses the first, by group."""
        if not self.seconds:
            return np.zeros(groups, np.int64)
        first, middle, last = (self.seconds[place].group_bytes for place in (0, len(self.seconds) // 2, -1))
        return padded(increase(increase(last, middle), increase(middle, first)), groups)

    @cached_property
    def _bytes(self) -> Column:
        """Bytes by second and group."""
        columns = [second.group_bytes for second in self.seconds]
        groups = max(map(len, columns), default=0)
        return np.array([padded(column, groups) for column in columns])

    def trend_of(self, group: int) -> tuple[float, ...]:
        """Return the trend of a group, oldest second first."""
        known = self._trends.get(group)
        if known is None:
            known = self._trends[group] = tuple(self._trend(group)[-TREND_S:])
        return known

    def _trend(self, group: int) -> list[float]:
        if not self._steps or group >= self._bytes.shape[1]:
            return []
        grown = pairwise(self._bytes[:, group].tolist())
        rates = [max(0.0, (b - a) / seconds) for (a, b), seconds in zip(grown, self._steps, strict=True)]
        if max(self._steps) < 1.5:
            return rates
        # After a gap, its mean stands for each of its seconds.
        times = [max(1, min(TREND_S, round(seconds))) for seconds in self._steps]
        return list(chain.from_iterable(map(repeat, rates, times)))
