"""What the user's TARGET is: a compiled binary, or something that `go build` can make one of.

In this order: a `.go` file; a file; a directory; a command on PATH (no slash in it); else an import path, `./...`
patterns included. What belongs to another module than the current directory is built from its own directory, so that
its own module or workspace decides; the rest is built from here, so that the compiler's paths are relative to here.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gotop.regular_file import open_regular, read_text_of

MOST_OF_GO_MOD = 1 << 20


class TargetError(Exception):
    """TARGET cannot be run; the text says why, for people."""


@dataclass(frozen=True)
class Binary:
    """A compiled program; `exe` is what becomes its argv[0]."""

    exe: str


@dataclass(frozen=True)
class Package:
    """Something to build: `go build PATTERNS` in a directory."""

    directory: Path
    patterns: tuple[str, ...]
    shown: str


def resolve_target(target: str, more_files: Sequence[str] = ()) -> Binary | Package:
    """Return what TARGET is; `more_files` are further `.go` files that belong to it."""
    path = Path(target)
    if target.endswith(".go") and not path.is_dir():
        return _files([target, *more_files])
    if path.is_file():
        return _executable(target)
    if path.is_dir():
        return _package(path.resolve(), (), target)
    if path.exists():
        raise TargetError(f"{target} is neither a program nor a directory.")
    if _is_path(target) and "..." not in target:
        raise TargetError(f"{target}: no such file or directory.")
    if "/" in target or "..." in target or target == _module_name(Path.cwd()):
        return Package(Path.cwd(), (target,), target)
    on_path = shutil.which(target)
    if not on_path:
        raise TargetError(f"{target}: there is no file, directory, command or Go package of that name here.")
    return Binary(on_path)


def _package(directory: Path, names: Sequence[str], shown: str) -> Package:
    here = Path.cwd()
    if _module_file(directory) != _module_file(here):
        return Package(directory, tuple(names) or (".",), shown)
    relative = os.path.relpath(directory, here)
    prefix = relative if relative.startswith("..") else f"./{relative}"
    return Package(here, tuple(os.path.join(prefix, name) for name in names) or (prefix,), shown)  # noqa: PTH118


def _module_file(directory: Path) -> Path | None:
    places = (place / "go.mod" for place in (directory, *directory.parents))
    return next((place for place in places if place.is_file()), None)


def _module_name(directory: Path) -> str:
    file = _module_file(directory)
    found = re.search(r"^module\s+\"?([^\s\"]+)", read_text_of(file, MOST_OF_GO_MOD), re.MULTILINE) if file else None
    return found[1] if found else ""


def _files(files: Sequence[str]) -> Package:
    for name in files:
        if not Path(name).is_file():
            raise TargetError(f"{name}: no such file.")
    directory = Path(files[0]).resolve().parent
    if any(Path(name).resolve().parent != directory for name in files):
        raise TargetError("The .go files of one program have to be in one directory.")
    return _package(directory, [Path(name).name for name in files], " ".join(files))


def _executable(target: str) -> Binary:
    if not os.access(target, os.R_OK):
        raise TargetError(f"{target} cannot be read: permission denied. gotop reads the program to find its hooks.")
    if not os.access(target, os.X_OK) and _is_elf(target):
        raise TargetError(f"{target} is not executable. Make it so with `chmod +x {target}`.")
    return Binary(target if "/" in target else f"./{target}")


def _is_elf(target: str) -> bool:
    """Whether a file is an ELF file; others are refused later, with a better reason than their mode."""
    with open_regular(target) as file:
        return file.read(4) == b"\x7fELF"


def _is_path(target: str) -> bool:
    return target.startswith(("/", "./", "../", "~")) or target in (".", "..")
