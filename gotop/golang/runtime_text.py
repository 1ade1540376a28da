"""Where the code of the runtime is, and that of the packages that are part of it.

The site of an allocation is the first code outside of it (`gotop.model.symbols.call_site`). A
function is inside if it was compiled as part of package runtime, under whatever name (the runtime lends functions out
by `go:linkname`), or if its name says so (generic functions of the runtime are compiled where they are used).
"""

import re

from gotop.golang.pclntab import PcLnTab
from gotop.runtime_packages import RUNTIME_PACKAGES as RUNTIME_PACKAGES
from gotop.runtime_packages import RUNTIME_TREES as RUNTIME_TREES

_NAME = re.compile(
    rb"(?:^|\0)(?=(?:(?:%s)|(?:%s)[^\0.\[]*)\.)"
    % (b"|".join(re.escape(p.encode()) for p in RUNTIME_PACKAGES), b"|".join(t.encode() for t in RUNTIME_TREES))
)


def runtime_text(table: PcLnTab) -> tuple[tuple[int, int], ...]:
    """Return the ranges of the runtime's code, {link-time address, bytes} each, ascending; none without mallocgc."""
    inside = {match.end() for match in _NAME.finditer(table.names_blob)}
    found = table.find(["runtime.mallocgc"])
    if not found:
        return ()
    unit = table.func(found["runtime.mallocgc"]).cu_offset
    ranges: list[tuple[int, int]] = []
    begin = -1
    for index, (name, cu_offset) in enumerate(table.names_and_units()):
        if cu_offset == unit or name in inside:
            begin = index if begin < 0 else begin
        elif begin >= 0:
            ranges.append((begin, index))
            begin = -1
    if begin >= 0:
        ranges.append((begin, table.nfunc))
    return tuple((table.entry(a), table.entry(b) - table.entry(a)) for a, b in ranges)
