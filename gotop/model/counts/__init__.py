"""Counts by stack: counters that only grow, snapshots of them, and spans between two snapshots."""
