"""Slices that grow by append.

Evidence: the allocator was reached through runtime.growslice, which runs only where a slice was full.
"""

from __future__ import annotations

from gotop import units
from gotop.explain.remedies.case import Case


def advise(case: Case) -> str:
    """Return the advice to make the slice with its capacity."""
    if not case.calls("growslice"):
        return ""
    grown = f"it was copied {units.count(case.allocs)} times, to {units.size(case.average)} on average"
    return f"make the slice with room for what comes, make([]T, 0, n), before it is appended to: {grown}"
