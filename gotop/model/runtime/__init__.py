"""The Go runtime's own figures: goroutines and their stacks, garbage collections, stops of the world, size classes."""
