"""The hook agent seen from Python: starting it, its protocol, recordings of its stream."""
