"""Folded stacks: `caller;callee;type bytes`, a line a stack; read by flamegraph.pl, inferno and many others."""

from __future__ import annotations

from collections import Counter

from gotop.export.profile import Profile, ProfileStack
from gotop.export.registry import Selection, of_profile, register
from gotop.printable import printable


def make(profile: Profile, _: Selection) -> bytes:
    """Return the bytes of each stack. What would break a line is replaced."""
    counts: Counter[str] = Counter()
    for stack in profile.stacks:
        counts[folded_names(stack)] += stack.bytes
    return "".join(f"{names} {size}\n" for names, size in sorted(counts.items())).encode()


def folded_names(stack: ProfileStack) -> str:
    """Return a stack's functions from the outermost on and its type, with semicolons between them."""
    names = [frame.function for frame in reversed(stack.frames)]
    return ";".join(map(_clean, [*names, *([stack.site.type] if stack.site.type else [])]))


def _clean(name: str) -> str:
    return printable(name.replace(";", ",").replace("\n", " "))


register(of_profile("folded", "stacks, folded, for flamegraph.pl and the like", "folded", make))
