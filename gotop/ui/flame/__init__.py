"""The flame graph."""
