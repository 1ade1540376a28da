"""Allocation paths, size classes and rounding waste."""
