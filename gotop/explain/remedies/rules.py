"""All rules, and the first one that applies. A new rule is a module beside this one, and a line here."""

from __future__ import annotations

from collections.abc import Callable

from gotop.explain.remedies import (
    boxing,
    bytes_and_strings,
    growing_builder,
    growing_map,
    growing_slice,
    regular_expressions,
)
from gotop.explain.remedies.case import Case

RULES: tuple[Callable[[Case], str], ...] = (
    regular_expressions.advise,
    growing_builder.advise,
    growing_slice.advise,
    growing_map.advise,
    bytes_and_strings.advise,
    boxing.advise,
)
"""From the particular to the general."""


def remedy_for(case: Case) -> str:
    """Return what would take an allocation away, "" where no rule has the evidence that it applies."""
    return next((said for said in (rule(case) for rule in RULES) if said), "")
