"""One short module a command; the command's docstring is its help text."""
