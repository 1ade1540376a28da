"""Names of code and types: what an address is called, and to which call site, package and module it belongs."""
