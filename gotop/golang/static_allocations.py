"""Where a program's code calls the allocator: every direct call of a function that the compiler allocates by.

That is what could allocate, not what does: how often a call runs only a session tells. Calls are found as bytes,
without taking instructions apart: in the code of a large service, four bytes that are by chance the distance to one of
forty functions are to be expected once in some hundred programs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gotop.golang.binary import GoBinary

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_ALLOCATORS = re.compile(
    rb"""\0(runtime\.(?:
        newobject | newarray | makeslice\w* | makeslicecopy | growslice\w* | makemap\w* | mapassign\w* | mapclone\w*
        | makechan\w* | concatstring\w* | concatbyte\w* | slicebytetostring | stringtoslicebyte | stringtoslicerune
        | slicerunetostring | intstring | convT\w* | mallocgc\w*
    ))(?=\0)""",
    re.VERBOSE,
)
"""What compiled code calls to allocate (cmd/compile/internal/typecheck/_builtin/runtime.go), and what these call."""


@dataclass(frozen=True, slots=True)
class StaticCall:
    """A call of the allocator: its link-time address, where it returns to, what it calls and in which function."""

    address: int
    returns: int
    allocator: str
    function: str


class StaticAllocations:
    """All direct calls of allocators, ascending by address. `known`: calls can be found on this architecture."""

    def __init__(self, binary: GoBinary) -> None:
        import numpy as np  # who asks for no calls need not wait for it

        table, find = binary.table, binary.image.arch.calls_to
        self.known = find is not None
        self._table = table
        entries = {table.entry(index): name for name, index in table.find(sorted(_allocators(binary))).items()}
        targets = np.array(sorted(entries), np.int64)
        code = binary.image.read(table.text, table.etext - table.text)
        calls, ends, hits = find(code, table.text, targets) if find else (targets[:0], targets[:0], targets[:0])
        self._calls, self._ends = calls, ends
        self._allocators = [entries[int(target)] for target in targets]
        self._called = hits
        self._functions = np.searchsorted(np.array(table.entries, np.int64), calls - table.text, side="right") - 1

    def __len__(self) -> int:
        return len(self._calls)

    def by_allocator(self) -> dict[str, int]:
        """Count calls by what they call, most first."""
        import numpy as np

        counts = np.bincount(self._called, minlength=len(self._allocators)).tolist()
        found = {name: count for name, count in zip(self._allocators, counts, strict=True) if count}
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def by_function(self) -> dict[str, int]:
        """Count calls by the function whose code makes them, most first; inlined calls are their host's."""
        import numpy as np

        places, counts = np.unique(self._functions, return_counts=True)
        found: dict[str, int] = {}
        for name, count in zip(self._names_of(places), counts.tolist(), strict=True):
            found[name] = found.get(name, 0) + count
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def calls_in(self, pattern: str) -> Iterator[StaticCall]:
        """Yield the calls in functions whose name has the pattern, a regular expression, in it. Raises re.error."""
        import numpy as np

        wanted = re.compile(pattern)
        places = np.unique(self._functions)
        matching = {
            int(place): name
            for place, name in zip(places, self._names_of(places), strict=True)
            if wanted.search(name)
        }
        for at in np.flatnonzero(np.isin(self._functions, list(matching))).tolist():
            name = matching[int(self._functions[at])]
            yield StaticCall(int(self._calls[at]), int(self._ends[at]), self._allocators[int(self._called[at])], name)

    def _names_of(self, places: "npt.NDArray[np.int64]") -> list[str]:
        """Return the names of functions by their index."""
        blob = self._table.names_blob
        offsets = [offset for offset, _ in self._table.names_and_units()]
        names = []
        for place in places.tolist():
            start = offsets[place] if 0 <= place < len(offsets) else len(blob)
            names.append(blob[start : max(start, blob.find(b"\0", start))].decode("utf-8", "replace"))
        return names


def _allocators(binary: GoBinary) -> set[str]:
    return {match[1].decode() for match in _ALLOCATORS.finditer(binary.table.names_blob)}
