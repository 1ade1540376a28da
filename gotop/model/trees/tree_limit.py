"""What stands for frames that a tree has no nodes of."""

from __future__ import annotations

DEEPER = "… deeper than is drawn"
"""Where there is no room (`gotop.model.counts.room.Room.nodes`): what goes on from a node, outward or inward, is one
more node called so.
"""
