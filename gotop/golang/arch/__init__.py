"""What differs between processor architectures in a Go binary."""
