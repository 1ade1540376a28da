"""What changed of many stacks at once: columns instead of a list, which cost a reader next to nothing.

Part of `gotop.agent.protocol`, which has all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

MAX_CHANGED = 100_000
"""Most stacks that one tick lists."""

MAX_RUN = 3 * MAX_CHANGED
"""Most ids that a run spans."""

WIDEST = 8
"""Bytes of the largest value."""

Column: TypeAlias = bytes


@dataclass(frozen=True, slots=True)
class DeltaColumns:
    """What changed of `length` consecutive stacks, from id `first` on. Columns hold little-endian values, of as many
    bytes each as the largest of them needs; an empty one holds zeros.

    Raises:
        ValueError: it is longer than an agent makes them, or a column does not hold that many values.
    """

    AS_LIST: ClassVar[bool] = True
    first: int
    length: int
    counts: Column
    bytes: Column
    waste: Column

    def __post_init__(self) -> None:
        if not 0 < self.length <= MAX_RUN or self.first < 0:
            raise ValueError(f"a run of {self.length} stacks from {self.first}")
        for column in (self.counts, self.bytes, self.waste):
            if len(column) % self.length or len(column) > WIDEST * self.length:
                raise ValueError(f"a column of {len(column)} bytes for {self.length} values")

    def deltas(self) -> Iterator[int]:
        """The same as a flat list of id, count, bytes, waste, …, without what did not change."""
        columns = [self._values(column) for column in (self.counts, self.bytes, self.waste)]
        for id_, values in enumerate(zip(*columns, strict=True), self.first):
            if any(values):
                yield from (id_, *values)

    def _values(self, column: Column) -> Iterator[int]:
        width = len(column) // self.length
        return (int.from_bytes(column[at * width : (at + 1) * width], "little") for at in range(self.length))
