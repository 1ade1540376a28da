"""The ways through the allocator (runtime/malloc.go mallocgc), by name."""

from __future__ import annotations

PATHS = ("tiny", "small without pointers", "small with pointers", "large", "unknown")
"""By number (`gotop.agent.protocol.TINY`…); the last is -1."""


def path_name(path: int) -> str:
    """The path's name; a later agent's unknown number is unknown."""
    return PATHS[path] if 0 <= path < len(PATHS) else PATHS[-1]
