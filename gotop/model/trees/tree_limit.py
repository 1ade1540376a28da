"""What stands for frames that a tree has no nodes of."""

from __future__ import annotations

DEEPER = "… deeper than is kept"
"""Where there is no room (`gotop.model.counts.room.Room.nodes`): what goes on from a node, outward or inward, is one
more node called so.
"""

NOT_SAMPLED = "… stacks not sampled"
"""The callers of what a site has counted before any sample was taken of its stacks (`StackSplit.unsampled`)."""
