"""Where code is in which call sites of some functions can be: their own, and that of functions they were inlined into.

A site is a logical frame, and an address may be one of several inlined into one another. What is found here is whole
functions: each that any of the wanted ones has a part in, so that no site of theirs is missed.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator

from gotop.golang.binary import GoBinary
from gotop.golang.inlining import inline_tree, tree_region
from gotop.golang.pclntab import PcLnTab
from gotop.golang.symbols import printed_name

MAX_RANGES = 512
"""As many as the agent takes (hookagent/plan MaxWholeStacks)."""

_ENTRY_WORDS, _NAME_WORD = 4, 1  # runtime.inlinedCall, see gotop.golang.inlining


def site_code(binary: GoBinary, wanted: Callable[[str], bool]) -> tuple[tuple[int, int], ...]:
    """Return ranges of code, {link-time address, bytes} each, ascending, of functions whose name is `wanted`; none if
    there is no such function. Where they would be more than `MAX_RANGES`, those next to each other are made one.
    """
    table = binary.table
    names = _offsets(table, wanted)
    inside = {index for index, (name, _) in enumerate(table.names_and_units()) if name in names}
    inside.update(_hosts(binary, names))
    table.forget_search()
    ranges: list[tuple[int, int]] = []
    for index in sorted(inside):
        begin, end = table.entry(index), table.entry(index) + table.size(index)
        if ranges and ranges[-1][1] == begin:
            begin = ranges.pop()[0]
        ranges.append((begin, end))
    return tuple((begin, end - begin) for begin, end in _joined(ranges))


def _offsets(table: PcLnTab, wanted: Callable[[str], bool]) -> set[int]:
    """Return where the wanted names begin in the name table, which also has those of functions that were only inlined.
    """
    found, offset = set[int](), 0
    for name in table.names_blob.split(b"\0"):
        if name and wanted(printed_name(name.decode("utf-8", "replace"))):
            found.add(offset)
        offset += len(name) + 1
    return found


def _hosts(binary: GoBinary, names: set[int]) -> Iterator[int]:
    """Yield the functions that one of these names was inlined into. A tree's end is not told: it is read up to the
    next one, and what may lie between, taken for a name, would only be one more function.
    """
    table, region = binary.table, tree_region(binary)
    words = array("i")
    words.frombytes(region[: len(region) & ~3])
    trees = [(offset, index) for index in range(table.nfunc) if (offset := inline_tree(table.func(index))) is not None]
    starts = sorted({offset for offset, _ in trees})
    for offset, index in trees:
        following = bisect_right(starts, offset)
        end = starts[following] // 4 if following < len(starts) else len(words)
        if not names.isdisjoint(words[offset // 4 + _NAME_WORD : end : _ENTRY_WORDS]):
            yield index


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return at most `MAX_RANGES` that cover these: the smallest gaps are closed."""
    gaps = sorted(range(1, len(ranges)), key=lambda place: ranges[place][0] - ranges[place - 1][1])
    closed = set(gaps[: max(0, len(ranges) - MAX_RANGES)])
    joined: list[tuple[int, int]] = []
    for place, (begin, end) in enumerate(ranges):
        if place in closed:
            begin = joined.pop()[0]
        joined.append((begin, end))
    return joined
