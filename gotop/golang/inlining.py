"""Which functions the compiler inlined a given one into, from the inline trees that stripped binaries keep too."""

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from gotop.golang.binary import GoBinary

_TREE_ENTRY = 16  # sizeof(runtime.inlinedCall): funcID, 3 bytes padding, nameOff, parentPc, startLine
_NAME_OFFSET, _START_LINE = 4, 12
_FUNC = struct.Struct("<IiiIIIIIIiBBxB")  # runtime._func
_FUNCDATA_INLTREE = 3  # internal/abi/symtab.go
_MAX_TREE = 1 << 16


def inlining_hosts(binary: GoBinary, names: Iterable[str]) -> dict[str, list[str]]:
    """Names of the functions that hold an inlined body of each of `names`; only those that have any.

    The trees are one region of read-only data. A call in it has the callee's name offset and start line, which hardly
    anything else has side by side, so searching bytes rules out the usual case fast; only a hit is looked at closely.
    """
    trees = _tree_region(binary)
    suspects: dict[str, list[int]] = {}
    for name, index in binary.table.find(names).items():
        func = binary.image.read(binary.table.func_address(index), _FUNC.size)
        _, name_offset, *_, start_line, _, _, _ = _FUNC.unpack(func)
        hits = list(_calls(trees, name_offset, start_line))
        if hits:
            suspects[name] = hits
    return _attribute(binary, suspects) if suspects else {}


def _tree_region(binary: GoBinary) -> bytes:
    """From go:func.* (moduledata.gofunc) to the end of its segment."""
    start = binary.image.u64(binary.table.module + binary.runtime.offsets["moduledata.gofunc"])
    segment = binary.image.segment_at(start)
    return binary.image.read(start, segment.address + segment.file_size - start) if segment else b""


def _calls(trees: bytes, name_offset: int, start_line: int) -> Iterator[int]:
    """Offsets of inline tree entries of this function."""
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
        offset = tree_offset(binary, index)
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


def tree_offset(binary: GoBinary, index: int) -> int | None:
    """Offset of a function's inline tree from moduledata.gofunc, None if nothing was inlined into it."""
    address = binary.table.func_address(index)
    func = _FUNC.unpack(binary.image.read(address, _FUNC.size))
    npcdata, nfuncdata = func[7], func[12]
    if nfuncdata <= _FUNCDATA_INLTREE or npcdata > 64:
        return None
    offset = binary.image.u32(address + _FUNC.size + 4 * (npcdata + _FUNCDATA_INLTREE))
    return None if offset == 0xFFFFFFFF else offset
