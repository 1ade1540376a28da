"""Which way heap allocations go through the allocator, and its size classes."""

from __future__ import annotations

from collections.abc import Iterable

from gotop.agent.protocol import HEAP, SizeClasses
from gotop.model.ledger import Ledger, Snapshot, at
from gotop.model.runtime_values import PathShare, SizeClass
from gotop.model.values import SiteKey

PATHS = ("tiny", "small without pointers", "small with pointers", "large", "unknown")
"""By number (`gotop.agent.protocol.TINY`…); the last is -1."""


def path_name(path: int) -> str:
    """The path's name; a later agent's unknown number is unknown."""
    return PATHS[path] if 0 <= path < len(PATHS) else PATHS[-1]


def path_shares(ledger: Ledger, now: Snapshot, key: SiteKey | None) -> tuple[PathShare, ...]:
    """The paths of a site's allocations, or of all, since the hooks were placed; in the order of `PATHS`, without those
    that nothing went.
    """
    sums: dict[str, list[int]] = {name: [0, 0, 0] for name in PATHS}
    for row in _rows(ledger, key):
        mine = sums[path_name(ledger.rows[row].path)]
        for place, column in enumerate((now.stack_allocs, now.stack_bytes, now.stack_waste)):
            mine[place] += at(column, row)
    whole = sum(size for _, size, _ in sums.values())
    return tuple(
        PathShare(name, allocs, size, waste, size / whole if whole else 0.0)
        for name, (allocs, size, waste) in sums.items()
        if allocs
    )


def _rows(ledger: Ledger, key: SiteKey | None) -> Iterable[int]:
    groups = ledger.groups(HEAP) if key is None else [ledger.find(HEAP, key)]
    return [row for group in groups if group is not None for row in ledger.members[group]]


class Classes:
    """The last two readings of the runtime's size classes."""

    def __init__(self) -> None:
        self._last: SizeClasses | None = None
        self._before: SizeClasses | None = None

    def take(self, reading: SizeClasses) -> None:
        """The newest one. Counters that went back are another process's: nothing before counts any more."""
        last = self._last
        again = last is None or reading.at <= last.at or len(reading.classes) != len(last.classes)
        self._before, self._last = (None if again else last), reading

    def clear(self) -> None:
        """Another service follows."""
        self._last = self._before = None

    def all(self) -> tuple[SizeClass, ...]:
        """Those that were ever used, by size; large objects last."""
        if self._last is None:
            return ()
        before = dict(_counts(self._before)) if self._before else {}
        seconds = (self._last.at - self._before.at) / 1e9 if self._before else 0.0
        found = []
        for size, (mallocs, frees, amount) in _counts(self._last):
            if mallocs:
                grown = mallocs - before.get(size, (mallocs, 0, 0))[0]
                rate = max(0, grown) / seconds if seconds > 0 else 0.0
                found.append(SizeClass(size, mallocs, frees, amount, max(0, mallocs - frees), rate))
        return tuple(found)

    @property
    def tiny(self) -> int:
        """Objects put into a block of 16 bytes that another had begun; the block itself is one of its class."""
        return self._last.tiny if self._last else 0


def _counts(reading: SizeClasses) -> list[tuple[int, tuple[int, int, int]]]:
    flat = iter(reading.classes)
    classes = [(size, (mallocs, frees, mallocs * size)) for size, mallocs, frees in zip(flat, flat, flat, strict=True)]
    mallocs, amount, frees, _ = reading.large
    return [*(entry for entry in classes if entry[0]), (0, (mallocs, frees, amount))]
