"""How much memory a session may take, and for what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes for counts by stack of past moments, bytes for stacks, and nodes of a tree.

    Where the first is used up, past moments are kept further apart; where the second is, further stacks are counted at
    their site alone; where the third is, what goes on is one more node. `chosen`: what this is a part of, for people,
    "" where it is the usual.
    """

    timeline: int = 64_000_000
    stacks: int = 200_000_000
    nodes: int = 100_000
    chosen: str = ""
