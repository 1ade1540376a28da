"""The table of allocation sites."""
