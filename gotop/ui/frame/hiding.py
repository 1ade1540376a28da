"""Which frames and sites are left out: the runtime's, the standard library's, or none."""

from __future__ import annotations

from gotop.model.queries import Hide

HIDE_WORDS = {Hide.NOTHING: "", Hide.RUNTIME: "no runtime", Hide.STANDARD: "no std library"}


def next_hide(hide: Hide) -> Hide:
    """Return what the key for hiding leads to: the runtime hidden, then the standard library as well, then nothing."""
    choices = list(Hide)
    return choices[(choices.index(hide) + 1) % len(choices)]
