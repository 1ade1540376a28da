"""Goroutines by `go` statement, stack growth, new stacks."""
