"""Names of addresses, and the call site, package and module that code belongs to."""
