"""Folded stacks: `caller;callee;type bytes`, a line a stack; read by flamegraph.pl, inferno and many others."""

from __future__ import annotations

from collections import Counter

from gotop.export.all_stacks import all_stacks, frames_of
from gotop.export.registry import Exporter, ScreenContent, register
from gotop.model.session import Session
from gotop.printable import printable


def make(session: Session, _: ScreenContent | None = None) -> bytes:
    """Bytes since the hooks were placed. What would break a line is replaced."""
    counts: Counter[str] = Counter()
    for stack in all_stacks(session):
        names = [frame.function for frame in reversed(frames_of(stack))]
        counts[";".join(map(_clean, [*names, *([stack.type] if stack.type else [])]))] += stack.bytes
    return "".join(f"{names} {size}\n" for names, size in sorted(counts.items())).encode()


def _clean(name: str) -> str:
    return printable(name.replace(";", ",").replace("\n", " "))


register(Exporter("folded", "stacks, folded, for flamegraph.pl and the like", "folded", make))
