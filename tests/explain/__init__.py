"""Why values are on the heap, and what takes them away."""
