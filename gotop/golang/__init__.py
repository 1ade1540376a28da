"""What a Go binary says about itself: ELF, pclntab, inline trees, types, layouts, the hook plan."""
