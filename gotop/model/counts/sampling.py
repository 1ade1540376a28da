"""Estimates from samples of heap allocations: those of mode sampled, and those that the runtime takes itself."""

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


def sample_only_notice(rate: int) -> str:
    """What the figures of a session are in which nothing is hooked: the runtime takes a sample each `rate` bytes."""
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
    """How far apart samples are: `1 sample in 512 KiB`, or `every allocation`."""
    if rate <= 1:
        return "every allocation" if rate == 1 else "no samples"
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if rate % unit == 0:
            return f"1 sample in {rate // unit} {name}"
    return f"1 sample in {rate:,} bytes"


class SampleEstimates:
    """The rows of a table that are samples, and what they stand for. All samples of one row are of the same size.

    A sample is weighed with the rate in force when it comes in. Estimates are kept as they are and rounded at the end,
    so that no rounding adds up.
    """

    def __init__(self) -> None:
        self.rate = 0
        self._estimates: dict[int, float] = {}

    def __bool__(self) -> bool:
        return bool(self._estimates)

    def add_row(self, row: int) -> None:
        """This row is one of samples."""
        self._estimates[row] = 0.0

    def reset_estimates(self) -> None:
        """Begin again."""
        self._estimates = dict.fromkeys(self._estimates, 0.0)

    def estimate_deltas(self, rows: Sequence[int], deltas: Sequence[int]) -> Iterator[int]:
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
