"""Stacks merged into trees: flame graph, callers of a site, callers and callees of a function."""
