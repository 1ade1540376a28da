"""What stands for the nodes of a tree that there is no room for (`gotop.model.counts.room.Room.nodes`)."""

from __future__ import annotations

DEEPER = "… deeper than is kept"
"""What goes on from a node, outward or inward, is one more node called so."""
