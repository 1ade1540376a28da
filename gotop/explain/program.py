"""Which source a program was built from, by what its binary says of itself."""

from __future__ import annotations

import os
from pathlib import Path

from gotop.explain.compiler import SourcePackage, Unexplained
from gotop.golang.binary import GoBinary
from gotop.golang.errors import BinaryError
from gotop.golang.symbols import Symbolizer
from gotop.source import Home, find

_FILES = "command-line-arguments"
"""The import path of a program that was built from files instead of a package."""


def source_of_program(exe: str | os.PathLike[str], cwd: str = "") -> SourcePackage:
    """Return the package that a Go binary was built from, with its settings. Raises Unexplained."""
    try:
        with GoBinary.open(exe) as binary:
            info, build_id = binary.info, binary.build_id
            index = binary.table.find(["main.main"]).get("main.main")
            file = Symbolizer(binary).function_at(binary.table.entry(index)).file if index is not None else ""
    except (BinaryError, OSError) as error:
        raise Unexplained(f"its binary cannot be read: {error}") from error
    found = find(file, Home(cwd, os.fspath(exe), info.go_version)) if file else None
    if found is None or found.path is None:
        raise Unexplained(f"its source is not here: {file or 'main.main'} is not on this machine")
    patterns = (found.path.name,) if info.path == _FILES else (".",)
    return SourcePackage(
        Path(found.path).parent, patterns, info.main.path if info.main else "", info.settings, build_id
    )
