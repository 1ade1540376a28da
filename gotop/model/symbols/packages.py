"""Where code comes from: the runtime, the standard library, a module, or the program itself."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Protocol

from gotop.model.queries import Hide
from gotop.model.symbols.call_site import in_runtime, package_of
from gotop.model.values import Frame

STANDARD = "standard library"
PROGRAM = "main module"

_ROOTS = re.compile(
    r"""archive|arena|bufio|builtin|bytes|cmp|compress|container|context|crypto|database|debug|embed|encoding|errors
    |expvar|flag|fmt|go|hash|html|image|index|internal|io|iter|log|maps|math|mime|net|os|path|plugin|reflect|regexp
    |runtime|slices|sort|strconv|strings|structs|sync|syscall|testing|text|time|unicode|unique|unsafe|vendor|weak""",
    re.VERBOSE,
)
_CACHE = "/pkg/mod/"
_VERSIONED = re.compile(r"(?P<directory>[^@]+)(?P<version>@v[^/@]+)/")
_HOST = re.compile(r"[\w-]+(\.[\w-]+)+")
_ESCAPED = re.compile(r"!([a-z])")
_VERSION = re.compile(r"v\d+")
_THREE = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "golang.org", "go.googlesource.com")
"""Hosts whose modules have two more elements."""


class InFunction(Protocol):
    """Whatever is in a function of a file: a frame, a site."""

    @property
    def function(self) -> str: ...
    @property
    def file(self) -> str: ...


@lru_cache(maxsize=1 << 16)
def is_standard(function: str, file: str) -> bool:
    """Whether a function is the standard library's, by its import path, unless its file tells otherwise."""
    package = package_of(function)
    if not _ROOTS.fullmatch(package.partition("/")[0]):
        return False
    # GOROOT's own files are in its src, or nowhere with -trimpath; a user's `log` or `internal` is somewhere else.
    return not file.startswith("/") or "/src/" in file


@lru_cache(maxsize=1 << 16)
def is_runtime(function: str, file: str) -> bool:
    """Whether a function is the runtime's or one of its helpers'."""
    return in_runtime(Frame(function, file, 0, False)) or package_of(function).startswith("runtime/")


def conceals(hide: Hide, key: InFunction) -> bool:
    """Whether a site or frame is to be left out."""
    if hide is Hide.NOTHING:
        return False
    if is_runtime(key.function, key.file):
        return True
    return hide is Hide.STANDARD and is_standard(key.function, key.file)


@lru_cache(maxsize=1 << 16)
def module_of(function: str, file: str) -> str:
    """Return the module of a function, with its version if the file's path has it."""
    if is_standard(function, file) or is_runtime(function, file):
        return STANDARD
    versioned = _VERSIONED.match(file)
    if versioned:
        directory = _ESCAPED.sub(lambda match: match[1].upper(), versioned["directory"])
        return _path_of_module(directory, package_of(function)) + versioned["version"]
    if _CACHE in file or "/vendor/" in file:
        return _by_path(package_of(function))
    return PROGRAM


def _path_of_module(directory: str, package: str) -> str:
    """The module's path out of its directory in a module cache, which may be anywhere (GOMODCACHE), and out of the
    import path of a package in it: the longest path that the one ends with and the other begins with. A main package's
    import path does not say: there it begins behind the cache, or with the last element that may be a host.
    """
    parts = package.split("/")
    for count in range(len(parts), 0, -1):
        path = "/".join(parts[:count])
        if directory == path or directory.endswith(f"/{path}"):
            return path
    elements = directory.rpartition(_CACHE)[2].split("/")
    hosts = [index for index, element in enumerate(elements) if _HOST.fullmatch(element)]
    return "/".join(elements[hosts[-1] if elements[0] == "" and hosts else 0 :])


def _by_path(package: str) -> str:
    parts = package.split("/")
    count = 3 if parts[0] in _THREE else 2
    if len(parts) > count and _VERSION.fullmatch(parts[count]):
        count += 1
    return "/".join(parts[:count])
