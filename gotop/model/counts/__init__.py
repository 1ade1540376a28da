"""Counts by stack: cumulative counters, snapshots of them, and the spans between two snapshots."""
