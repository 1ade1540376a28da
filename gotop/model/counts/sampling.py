"""Estimates from samples of heap allocations, taken by the hooks (mode sampled) or by the runtime's own profiler."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence


def weight(size: float, rate: int) -> float:
    """Return how many allocations of `size` bytes one sample stands for, at a mean distance of `rate` bytes.

    Samples are the events of a Poisson process over the bytes allocated, so an allocation is sampled with probability 1
    - exp(-size / rate), as in the runtime's own profile (runtime/pprof scaleHeapSample).
    """
    if rate <= 1 or size <= 0:
        return 1.0
    return -1 / math.expm1(-size / rate)


def sample_only_notice(rate: int) -> str:
    """Say what the figures are in a session in which nothing is hooked. `rate`: bytes between two samples of the
    runtime.
    """
    if rate <= 0:
        return (
            "The runtime of this program takes no samples, so that call sites cannot be told: runtime.MemProfileRate "
            "is 0, because the program sets it, or never uses the heap profile and the linker has turned it off. "
            "gotop attach PID, without --sample-only, counts every allocation."
        )
    return (
        f"Nothing is hooked. Figures of call sites are estimates (≈) from the runtime's own heap profile, "
        f"{sampling_text(rate)}, since the service's start, read without waiting for a collection; they have no types, "
        "and tiny objects that share a block count as one. Totals are the runtime's own count, rounded up to size "
        "classes. Of stops of the world, those of the collector are seen; go statements are not counted."
    )


def sampling_text(rate: int) -> str:
    """Write the mean distance of samples as text: `1 sample in 512 KiB`, or `every allocation`."""
    if rate <= 1:
        return "every allocation" if rate == 1 else "no samples"
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if rate % unit == 0:
            return f"1 sample in {rate // unit} {name}"
    return f"1 sample in {rate:,} bytes"


class SampleEstimates:
    """The rows of a stack table that are samples, and the allocations they stand for. All samples of one row have the
    same size.

    A sample is weighed with the rate in force when it comes in. Estimates are kept as floats and rounded only when they
    are told, so that rounding does not add up.
    """

    def __init__(self) -> None:
        self.rate = 0
        self._estimates: dict[int, float] = {}

    def __bool__(self) -> bool:
        return bool(self._estimates)

    def add_row(self, row: int) -> None:
        """Note that a row is one of samples."""
        self._estimates[row] = 0.0

    @property
    def rows(self) -> Sequence[int]:
        """The rows that are samples."""
        return list(self._estimates)

    def reset_estimates(self) -> None:
        """Set all estimates to 0."""
        self._estimates = dict.fromkeys(self._estimates, 0.0)

    def estimate_deltas(self, rows: Sequence[int], deltas: Sequence[int]) -> Iterator[int]:
        """Yield a tick's deltas (id, count, bytes, waste, …), those of samples as the allocations they stand for.
        `rows`: the row of each id.
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
