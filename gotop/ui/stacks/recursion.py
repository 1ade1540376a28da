"""Functions that call themselves, directly or through others: what repeats itself in a stack is said once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import eq

LONGEST = 4
"""Functions of a round that is still recognised."""


@dataclass(frozen=True, slots=True)
class Round:
    """`length` callers from `start` on, which are there `times` times, one round after the other."""

    start: int
    length: int
    times: int

    @property
    def end(self) -> int:
        """The place of the first caller after it."""
        return self.start + self.length * self.times


def recurs(functions: Sequence[str]) -> bool:
    """Whether any of them is there again soon enough for a round: of most stacks none is, which is quickly seen."""
    if len(set(functions)) == len(functions):
        return False
    return any(any(map(eq, functions, functions[length:])) for length in range(1, LONGEST + 1))


@lru_cache(maxsize=1 << 13)
def rounds(functions: tuple[str, ...]) -> tuple[Round, ...]:
    """Split callers into rounds; most are a round of one, once."""
    found, start = [], 0
    while start < len(functions):
        again = functions[start] in functions[start + 1 : start + 1 + LONGEST]
        length, times = _longest(functions, start) if again else (1, 1)
        found.append(Round(start, length, times))
        start += length * times
    return tuple(found)


def _longest(functions: Sequence[str], start: int) -> tuple[int, int]:
    """Return length and times of the round that spares the most names."""
    best, spared = (1, 1), 0
    for length in range(1, min(LONGEST, (len(functions) - start) // 2) + 1):
        if functions[start + length] == functions[start]:
            times = _times(functions, start, length)
            if length * (times - 1) > spared:
                best, spared = (length, times), length * (times - 1)
    return best


def _times(functions: Sequence[str], start: int, length: int) -> int:
    first, end = functions[start : start + length], start + length
    while functions[end : end + length] == first:
        end += length
    return (end - start) // length


def fold_rounds(functions: tuple[str, ...], name: Callable[[str], str]) -> tuple[str, ...]:
    """Name callers, those that recur once: `build ×7`, `(value ‹ array) ×3`."""
    return tuple(fold_rounds_lazily(functions, name))


def fold_rounds_lazily(functions: tuple[str, ...], name: Callable[[str], str]) -> Iterator[str]:
    """Name callers one after the other, as `fold_rounds` does: who wants but the beginning need not name all."""
    if not recurs(functions):
        yield from map(name, functions)
        return
    for each in rounds(functions):
        names = " ‹ ".join(map(name, functions[each.start : each.start + each.length]))
        yield names if each.times == 1 else f"{f'({names})' if each.length > 1 else names} ×{each.times}"


_NONE: frozenset[tuple[int, int]] = frozenset()


def spans(functions: tuple[str, ...]) -> frozenset[tuple[int, int]]:
    """Return where rounds that occur several times begin and end."""
    if not recurs(functions):
        return _NONE
    return frozenset([(each.start, each.end) for each in rounds(functions) if each.times > 1])


def place_outside(taken: Collection[tuple[int, int]], number: int) -> int:
    """Return the last place up to `number` inside none of the `taken` spans: those are counted in full."""
    while inside := [start for start, end in taken if start < number < end]:
        number = min(inside)
    return number
