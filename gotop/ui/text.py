"""Pieces of lines: fitting text into cells, and putting cells together into a strip."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.style import Style

from gotop.model.symbols.call_site import split_package
from gotop.printable import one_cell

_VERSION = re.compile(r"v\d+")
_QUALIFIERS = re.compile(r"(?:[\w~-]+\.)+(?=[A-Za-z_])")
_RECEIVER = re.compile(r"^\(\*?[^)]*\)\.")
_DIRECTORIES = re.compile(r"[\w.~-]+(?:/[\w.~-]+)*/(?=[\w-]+\.)")

CUT = "…"
"""What stands for the rest."""

Cell: TypeAlias = tuple[str, Style]
Line: TypeAlias = list[Cell]
Part: TypeAlias = tuple[int, Line]
"""A piece of a line and how soon it is left out: the highest rank goes first."""


def width_of(text: str) -> int:
    """Return how many cells a text takes on the screen."""
    return len(text) if text.isascii() else cell_len(one_cell(text))


def width_of_line(line: Iterable[Cell]) -> int:
    """Return how many cells a line takes on the screen."""
    return width_of("".join([text for text, _ in line]))


def left(text: str, width: int) -> str:
    """Fit a text into exactly `width` cells at the left; what has no room is cut from its end, with an ellipsis."""
    if text.isascii():
        if len(text) <= width:
            return text.ljust(width)
        return text[: width - 1] + "…" if width > 0 else ""
    text = one_cell(text)
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width) if width > 0 else ""


def right(text: str, width: int) -> str:
    """Fit a text into exactly `width` cells at the right. Figures are never cut: what does not fit becomes dashes."""
    space = width - width_of(text)
    return " " * space + text if space >= 0 else "–" * width


def tail(text: str, width: int) -> str:
    """Fit a text into exactly `width` cells; what has no room is cut from its beginning, with an ellipsis."""
    excess = width_of(text) - width
    if excess <= 0:
        return left(text, width)
    if width <= 0:
        return ""
    return "…" + text[excess + 1 :] if text.isascii() else left("…" + text[excess + 1 :], width)


@lru_cache(maxsize=1 << 14)
def function_parts(name: str, width: int) -> tuple[str, str]:
    """Split a function's name into package and rest that take at most `width` cells: directories of the import path go
    first.
    """
    package, rest = split_package(name)
    if width_of(package + rest) > width and "/" in package:
        package = _last_of(package)
    if len(package) >= width:
        return "", left(package + rest, width).rstrip()
    return package, left(rest, width - width_of(package)).rstrip() if width_of(package + rest) > width else rest


@lru_cache(maxsize=1 << 12)
def import_path(path: str, width: int) -> str:
    """Fit the path of a package or module into at most `width` cells: its last elements tell it from others, so the
    first go.
    """
    shown = path
    while width_of(shown) > width and "/" in (rest := shown.removeprefix("…/")):
        shown = "…/" + rest.partition("/")[2]
    return tail(shown, width).rstrip()


def _last_of(package: str) -> str:
    """Return the last element of an import path, with the one before it if it is but a version."""
    *_, before, last = ["", *package.split("/")]
    return f"{before}/{last}" if before and _VERSION.fullmatch(last) else last


@lru_cache(maxsize=1 << 13)
def type_name(name: str, width: int) -> str:
    """Fit a type's name into at most `width` cells: directories of import paths go first."""
    if width_of(name) > width:
        name = _DIRECTORIES.sub("", name)
    return left(name or "–", width).rstrip()


@lru_cache(maxsize=1 << 13)
def short_type(name: str, width: int) -> str:
    """Fit a type's name where there is even less room: without its packages if it must be."""
    if width_of(type_name(name, width_of(name))) > width:
        name = _DIRECTORIES.sub("", name)
    return type_name(name if width_of(name) <= width else _QUALIFIERS.sub("", name), width)


@lru_cache(maxsize=1 << 13)
def short_function(name: str, width: int) -> str:
    """Fit a function's name into at most `width` cells and keep its end longest: the package goes first, then the
    receiver.
    """
    package, behind = split_package(name)
    whole, rest = _last_of(package) + behind, behind.lstrip(".")
    shown = [package + behind, whole, "…" + rest, "…" + _RECEIVER.sub("", rest)]
    return left(next((each for each in shown if width_of(each) <= width), shown[-1]), width).rstrip()


LEAST_NAME = 3
"""Cells of a file's name below which it says nothing."""


@lru_cache(maxsize=1 << 14)
def location(file: str, line: int, width: int) -> str:
    """Fit `file:line` into at most `width` cells: as many of the last directories as there is room for; a file's name
    keeps its beginning.
    """
    if not file:
        return "–"
    parts = file.split("/")
    suffix = f":{line}" if line else ""
    shown = parts[-1] + suffix
    for part in reversed(parts[-3:-1]):
        if not part or width_of(part) + 1 + width_of(shown) > width:
            break
        shown = f"{part}/{shown}"
    if width_of(shown) > width > width_of(suffix) + LEAST_NAME:
        return left(parts[-1], width - width_of(suffix)).rstrip() + suffix
    return tail(shown, width).rstrip()


def fitted(line: Line, width: int, background: Style | None = None) -> Line:
    """Fit a line into exactly `width` cells."""
    if background is not None:
        line = [(text, background + style) for text, style in line]
    space = width - width_of_line(line)
    if space > 0:
        return [*line, (" " * space, background or Style.null())]
    return line if space == 0 else _cut(line, width)


def _cut(line: Line, width: int) -> Line:
    kept: Line = []
    for text, style in line:
        if width <= 0:
            break
        kept.append((text if width_of(text) <= width else set_cell_size(text, width), style))
        width -= width_of(text)
    return kept


def spread(start: Line, end: Line, width: int, fill: Cell) -> Line:
    """Put `start` at the left and `end` at the right of a line, and `fill` (one character) between them."""
    space = width - width_of_line(start) - width_of_line(end)
    return [*start, (fill[0] * max(space, 1 if end else 0), fill[1]), *end]


def choose(parts: Sequence[Part], width: int) -> Line:
    """Join as many parts as fit, in the order given: the highest ranks are left out first, equal ones together."""
    kept = list(parts)
    while kept and sum(width_of_line(line) for _, line in kept) > width:
        last = max(rank for rank, _ in kept)
        kept = [part for part in kept if part[0] < last]
    return [cell for _, line in kept for cell in line]
