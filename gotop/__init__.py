"""A live allocation monitor for Go programs in the terminal."""

__version__ = "0.1.0"
