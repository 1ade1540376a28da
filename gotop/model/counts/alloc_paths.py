"""Names of the paths that an allocation can take through Go's allocator (runtime/malloc.go mallocgc)."""

from __future__ import annotations

PATHS = ("tiny", "small without pointers", "small with pointers", "large", "unknown")
"""By number (`gotop.agent.protocol.TINY`…); the last is -1."""


def path_name(path: int) -> str:
    """Name a path by its number; a number that a later agent may send is `unknown`."""
    return PATHS[path] if 0 <= path < len(PATHS) else PATHS[-1]
