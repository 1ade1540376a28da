"""Which of a few sites can be taken for each other where there is no room for all that tells them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from gotop.model.runtime.heap_values import SiteShare
from gotop.model.values import SiteKey


def told_apart(sites: Sequence[SiteShare]) -> tuple[SiteShare, ...]:
    """The same, each with what it has in common with another one of them."""
    lines, functions = Counter(_line(site.key) for site in sites), Counter(_function(site.key) for site in sites)
    return tuple([
        replace(site, twins=lines[_line(site.key)] > 1, siblings=True) if functions[_function(site.key)] > 1 else site
        for site in sites
    ])  # fmt: skip


def _line(key: SiteKey) -> tuple[str, str, int]:
    return key.function, key.file, key.line


def _function(key: SiteKey) -> tuple[str, str]:
    return key.function, key.file
