"""Widgets that know lines, cells and keys, and nothing about sites or heaps."""
