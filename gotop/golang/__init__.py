"""What a Go binary says about itself: ELF, function table, inline trees, types, build info, runtime layouts, hook plan.

`plan.make_plan` gives the hook plan, `symbols.Symbolizer` turns PCs and type addresses into names, `inspect.inspect` is
all of it for people. Nothing here runs or touches a process.
"""
