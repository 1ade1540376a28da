"""Values that are put into interfaces to be formatted.

Evidence: the compiler says that the value escapes because it is an argument of a function of fmt, log or log/slog; or
the allocator was reached through a conversion to an interface in a line that calls one.
"""

from __future__ import annotations

import re

from gotop.explain.remedies.case import Case

_CALL = re.compile(r"\b((?:fmt|log|slog)\.\w+)\(")


def advise(case: Case) -> str:
    """Return the advice to do without the interface."""
    flow = [step.text for step in case.escape.flow] if case.escape else []
    called = next((call[1] for text in flow if "(call parameter)" in text and (call := _CALL.search(text))), "")
    if not called and case.calls("convT") and (call := _CALL.search(case.text)):
        called = call[1]
    if not called:
        return ""
    if called.startswith("slog."):
        return f"{called} takes any: give it typed attributes (slog.Int, slog.String, LogAttrs), or ask Enabled first"
    return f"{called} takes any, which puts the value on the heap: use strconv.Append… or write the bytes themselves"
