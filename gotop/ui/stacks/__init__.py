"""The stacks of a site, and a function from both sides."""
