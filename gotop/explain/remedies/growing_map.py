"""Maps that grow because they were made without a size.

Evidence: the allocator was reached through an assignment to a map, which allocates where the map has no room left:
groups of a table from Go 1.24 on (internal/runtime/maps), buckets before (runtime.hashGrow, newoverflow).
"""

from __future__ import annotations

from gotop.explain.remedies.case import Case

_LEAST = 2
"""Growing once is no pattern."""


def advise(case: Case) -> str:
    """Return the advice to make the map with its size."""
    if not case.calls("mapassign") or case.allocs < _LEAST:
        return ""
    return "make the map with room for what comes, make(map[K]V, n): it grew while it was filled"
