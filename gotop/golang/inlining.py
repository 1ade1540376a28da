"""Which functions the compiler inlined a given one into, from the inline trees that stripped binaries keep too."""

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from gotop.golang.binary import GoBinary
from gotop.golang.pclntab import Func

_TREE_ENTRY = 16  # sizeof(runtime.inlinedCall): funcID, 3 bytes padding, nameOff, parentPc, startLine
_NAME_OFFSET, _START_LINE = 4, 12
_FUNCDATA_INLTREE = 3  # internal/abi/symtab.go
_MAX_TREE = 1 << 16


def inlining_hosts(binary: GoBinary, names: Iterable[str]) -> dict[str, list[str]]:
    """Return, for each of `names` that was inlined anywhere, the names of the functions that hold a body of it.

    The trees are one region of read-only data. A call in it has the callee's name offset and start line, which hardly
    anything else has side by side, so searching bytes rules out the usual case fast; only a hit is looked at closely.
    """
    trees = tree_region(binary)
    suspects: dict[str, list[int]] = {}
    for name, index in binary.table.find(names).items():
        func = binary.table.func(index)
        hits = list(_calls(trees, func.name_offset, func.start_line))
        if hits:
            suspects[name] = hits
    return _attribute(binary, suspects) if suspects else {}


def tree_region(binary: GoBinary) -> bytes:
    """Return the bytes from go:func.* (moduledata.gofunc) to the end of its segment."""
    start = binary.image.u64(binary.table.module + binary.runtime.offsets["moduledata.gofunc"])
    segment = binary.image.segment_at(start)
    return binary.image.read(start, segment.address + segment.file_size - start) if segment else b""


def _calls(trees: bytes, name_offset: int, start_line: int) -> Iterator[int]:
    """Yield the offsets of inline tree entries of this function."""
    pattern, position = struct.pack("<i", name_offset), -1
    line = struct.pack("<i", start_line)
    while (position := trees.find(pattern, position + 1)) >= 0:
        start = position - _NAME_OFFSET
        padding, found = trees[start + 1 : start + 4], trees[start + _START_LINE : start + _TREE_ENTRY]
        if start >= 0 and start % 4 == 0 and padding == b"\0\0\0" and found == line:
            yield start


def _attribute(binary: GoBinary, suspects: dict[str, list[int]]) -> dict[str, list[str]]:
    """Find the functions whose tree each hit lies in. Reads every function, which takes a second or so."""
    table = binary.table
    trees: dict[int, list[int]] = {}
    for index in range(table.nfunc):
        offset = inline_tree(table.func(index))
        if offset is not None:
            trees.setdefault(offset, []).append(index)
    starts = sorted(trees)
    hosts: dict[str, list[str]] = {}
    for name, hits in suspects.items():
        indexes = {i for hit in hits for i in _owners(trees, starts, hit)}
        if indexes:
            hosts[name] = sorted({table.name(i) for i in indexes})
    return hosts


def _owners(trees: dict[int, list[int]], starts: list[int], hit: int) -> list[int]:
    at = bisect_right(starts, hit) - 1
    if at < 0 or (hit - starts[at]) % _TREE_ENTRY or hit - starts[at] >= _MAX_TREE * _TREE_ENTRY:
        return []
    return trees[starts[at]]


def inline_tree(func: Func) -> int | None:
    """Return the offset of a function's inline tree from moduledata.gofunc, None if nothing was inlined into it."""
    offset = func.funcdata[_FUNCDATA_INLTREE] if len(func.funcdata) > _FUNCDATA_INLTREE else -1
    return offset if offset >= 0 else None
