"""Why values are on the heap: what the compiler says of a line, beside what it costs in a run."""
