"""The Go runtime's own side: goroutines and their stacks, collections, stops of the world, size classes."""
