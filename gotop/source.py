"""The source of a frame, where it can be found on this machine, or a sentence that says why not.

A binary names its files by absolute paths, or, built with -trimpath, by import paths (`net/http/server.go`,
`github.com/a/b@v1.2.3/c.go`, `example.com/shop/cmd/api/main.go`). Both are looked for: where the binary says, in
GOROOT, in the module cache, and in the module the service runs in.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gotop.regular_file import read_text_of

MOST_BYTES = 4 << 20
_MODULE = "/pkg/mod/"
_VERSIONED = re.compile(r"@v\d")
_UPPER = re.compile(r"[A-Z]")


@dataclass(frozen=True, slots=True)
class Source:
    """Lines of a file, or none and `problem`. `remark`: why the lines may be others than those that were compiled."""

    path: Path | None
    lines: tuple[str, ...] = ()
    problem: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """What is known of the service: where it runs, its binary and its Go version."""

    cwd: str = ""
    exe: str = ""
    go_version: str = ""


def find(file: str, home: Home) -> Source:
    """Return the source of a file as the binary names it."""
    if not file or file.startswith("<"):
        return Source(None, problem="This code has no source: the compiler made it.")
    for path, remark in _candidates(file, home):
        if path.is_file():
            return _read(path, remark or _changed(path, home))
    return Source(None, problem=_missing(file))


def _candidates(file: str, home: Home) -> Iterator[tuple[Path, str]]:
    if file.startswith("/"):
        yield Path(file), ""
    inside = file.partition(_MODULE)[2] if _MODULE in file else "" if file.startswith("/") else file
    if _VERSIONED.search(inside):
        yield from ((cache / _escaped(inside), "") for cache in _caches())
        return
    standard = file.partition("/src/")[2] if file.startswith("/") else file
    if standard and "." not in standard.partition("/")[0]:
        yield from _in_goroot(standard, home)
    if not file.startswith("/"):
        yield from _in_module(file, home)


def _caches() -> Iterator[Path]:
    if os.environ.get("GOMODCACHE"):
        yield Path(os.environ["GOMODCACHE"])
    for path in (os.environ.get("GOPATH") or str(Path.home() / "go")).split(os.pathsep):
        yield Path(path) / "pkg" / "mod"


def _escaped(inside: str) -> str:
    """Return a path with capital letters as the module cache writes them, unless it is so already. Only the module's
    path is written so.
    """
    module, at, rest = inside.partition("@")
    return _UPPER.sub(lambda match: "!" + match[0].lower(), module) + at + rest


@lru_cache(maxsize=1)
def _goroot() -> Path | None:
    if os.environ.get("GOROOT"):
        return Path(os.environ["GOROOT"])
    go = shutil.which("go")
    return Path(go).resolve().parent.parent if go else None


def _in_goroot(standard: str, home: Home) -> Iterator[tuple[Path, str]]:
    root = _goroot()
    if root is None:
        return
    try:
        version = read_text_of(root / "VERSION", 1 << 10).split()[0]
    except (OSError, IndexError):
        version = ""
    same = version == home.go_version.split(" ")[0]
    remark = "" if same else f"from {version or 'another Go'}; the service was built with {home.go_version}"
    yield root / "src" / standard, remark


def _in_module(file: str, home: Home) -> Iterator[tuple[Path, str]]:
    """Yield paths of a file below the go.mod whose module path its name begins with, each with a remark on it."""
    for start in (home.cwd, str(Path(home.exe).parent) if home.exe else "", str(Path.cwd())):
        for directory in [Path(start), *Path(start).parents] if start else []:
            module = _module_of(directory / "go.mod")
            if module and file.startswith(module + "/"):
                yield directory / file.removeprefix(module + "/"), ""


def _module_of(go_mod: Path) -> str:
    try:
        found = re.search(r'^module\s+"?([^\s"]+)', read_text_of(go_mod, 1 << 20), re.MULTILINE)
    except OSError:
        return ""
    return found[1] if found else ""


def _changed(path: Path, home: Home) -> str:
    if not home.exe:
        return ""
    try:
        newer = path.stat().st_mtime > Path(home.exe).stat().st_mtime
    except (OSError, ValueError):
        return ""
    return "changed since the service was built: lines may have moved" if newer else ""


def _read(path: Path, remark: str) -> Source:
    try:
        if path.stat().st_size > MOST_BYTES:
            return Source(path, problem=f"{path} is too large to be shown.")
        text = read_text_of(path, MOST_BYTES)
    except OSError as error:
        return Source(None, problem=f"{path} cannot be read: {error.strerror}.")
    return Source(path, tuple(text.expandtabs(4).splitlines()), remark=remark)


def _missing(file: str) -> str:
    if _VERSIONED.search(file):
        return f"{file} is not here, and not in the module cache."
    if file.startswith("/"):
        return f"{file} is not on this machine."
    return f"{file} is named without a directory (built with -trimpath), and is neither in GOROOT nor in a module here."
