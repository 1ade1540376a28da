"""A stack from its site outward, as numbers of addresses: what trees are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gotop.model.counts.stack_store import StackStore
from gotop.model.symbols.call_site import in_runtime, site_index
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.values import Frame

OF_SITE = 1 << 31
"""Added to the number of the site's address, which has other frames there than where it is a caller's."""

FramesOf = Callable[[int], Sequence[Frame]]


def calls_outward(stacks: StackStore, row: int, symbols: SymbolTable) -> tuple[Sequence[int], FramesOf]:
    """Return a stack's addresses from the one of its site outward, and what gives their frames, innermost first: of the
    site's address the site and what it is inlined into.

    In a stack that never leaves the runtime the site depends on all of its frames, so that these are one call: -1 - row
    in place of a number.
    """
    numbers = stacks.numbers(row)

    def frames_of(number: int) -> Sequence[Frame]:
        if number < 0:
            frames = symbols.frames(stacks.pcs(-1 - number))
            return frames[max(0, site_index(frames)) :]
        frames = symbols.frames((stacks.pc(number & ~OF_SITE),))
        if number & OF_SITE:
            return frames[next(place for place, frame in enumerate(frames) if not in_runtime(frame)) :]
        return frames

    for place, number in enumerate(numbers):
        if symbols.leaves_runtime(stacks.pc(number)):
            return [number | OF_SITE, *numbers[place + 1 :]], frames_of
    return [-1 - row] if numbers else [], frames_of
