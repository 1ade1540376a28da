"""Copies between []byte and string.

Evidence: the allocator was reached through the runtime's conversions, which run where the compiler could not do without
the copy.
"""

from __future__ import annotations

from gotop.explain.remedies.case import Case


def advise(case: Case) -> str:
    """Return the advice to stay with one of both."""
    if case.calls("slicebytetostring"):
        return (
            "keep the bytes: many functions of package bytes do what those of strings do; a map is indexed by "
            "m[string(b)], and strings are compared by string(b) == s, without a copy"
        )
    if case.calls("stringtoslicebyte"):
        return "keep the string: io.WriteString, strings.NewReader, append(b, s...) and copy(b, s) take it as it is"
    return ""
