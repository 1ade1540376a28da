"""How large trees of stacks become, and what stands for the rest."""

from __future__ import annotations

MOST_NODES = 100_000
"""Nodes that a tree may have: some 40 MB. What goes on from there, outward or inward, is one more node each."""

DEEPER = "… deeper than is kept"
"""What that node is called."""
