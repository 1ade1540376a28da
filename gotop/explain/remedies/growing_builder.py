"""strings.Builder and bytes.Buffer that grow while they are written to.

Evidence: the site is their own growing.
"""

from __future__ import annotations

from gotop import units
from gotop.explain.remedies.case import Case

_GROWS = {
    "strings.(*Builder).grow": "strings.Builder",
    "strings.(*Builder).WriteString": "strings.Builder",
    "strings.(*Builder).WriteByte": "strings.Builder",
    "bytes.(*Buffer).grow": "bytes.Buffer",
    "bytes.growSlice": "bytes.Buffer",
}
_ASKED = ("strings.(*Builder).Grow", "bytes.(*Buffer).Grow", "strings.Repeat", "strings.Join", "strings.Map")
"""Who knows the size and asks for it: there is nothing to be won."""


def advise(case: Case) -> str:
    """Return the advice to give the buffer its size."""
    functions = [frame.function for frame in case.frames]
    kind = _GROWS.get(functions[0], "") if functions else ""
    if not kind or any(name in _ASKED for name in functions[:4]):
        return ""
    grown = f"it grew {units.count(case.allocs)} times, to {units.size(case.average)} on average"
    return f"give the {kind} its size by Grow(n), or use one again (Reset): {grown}"
