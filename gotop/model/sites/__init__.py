"""Allocation sites as rows: grouped, filtered, ordered, at one moment."""
