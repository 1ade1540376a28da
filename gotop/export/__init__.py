"""Reports made from a session."""
