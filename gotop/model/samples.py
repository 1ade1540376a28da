"""Estimates from samples of heap allocations (mode sampled)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence


def weight(size: float, rate: int) -> float:
    """How many allocations of a size one sample stands for, at a mean distance of `rate` bytes between samples.

    Samples are the events of a Poisson process over the bytes allocated, so an allocation is one with probability
    1 - exp(-size / rate), as in the runtime's own profile (runtime/pprof scaleHeapSample).
    """
    if rate <= 1 or size <= 0:
        return 1.0
    return -1 / math.expm1(-size / rate)


class Samples:
    """The rows of a ledger that are samples, and what they stand for. All samples of one row are of the same size.

    A sample is weighed with the rate in force when it comes in. Estimates are kept as they are and rounded at the end,
    so that no rounding adds up.
    """

    def __init__(self) -> None:
        self.rate = 0
        self._estimates: dict[int, float] = {}

    def __bool__(self) -> bool:
        return bool(self._estimates)

    def add(self, row: int) -> None:
        """This row is one of samples."""
        self._estimates[row] = 0.0

    def zero(self) -> None:
        """Begin again."""
        self._estimates = dict.fromkeys(self._estimates, 0.0)

    def estimated(self, rows: Sequence[int], deltas: Sequence[int]) -> Iterator[int]:
        """A tick's deltas (id, count, bytes, waste, …) with those of samples made into those of what they stand for;
        `rows` are the rows of the ids.
        """
        flat = iter(deltas)
        for row, id_, count, size, waste in zip(rows, flat, flat, flat, flat, strict=True):
            before = self._estimates.get(row)
            if before is None or not count:
                yield from (id_, count, size, waste)
                continue
            each = size // count
            now = self._estimates[row] = before + count * weight(each, self.rate)
            grown = round(now) - round(before)
            yield from (id_, grown, grown * each, waste)
