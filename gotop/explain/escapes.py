"""What the compiler says about values that are on the heap, read from the files that it writes with `-json=0,DIR`.

The format is cmd/compile/internal/logopt's: a directory a package, a file of lines a source file, the first of which
says what was compiled by which version. A diagnostic of code `escape` names the value and, as related locations, how
it gets to the heap. Of inlined code it stands at the call, with the places inside as related locations before that.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from gotop.regular_file import read_text_of

_MOST_BYTES = 64 << 20
_MOST_FLOW = 40
_CODES = ("escape", "escapes")
_INLINED, _STEP = "inlineLoc", "escflow:"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a source file; `line` and `column` from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class FlowStep:
    """A step on the way of a value to the heap, as the compiler words it, and where."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Escape:
    """A value that is on the heap. `places`: where it is allocated, innermost first, then the calls that this was
    inlined into; `message` as in `&T{...} escapes to heap`; `code`: the compiler's.
    """

    places: tuple[Place, ...]
    code: str
    message: str
    flow: tuple[FlowStep, ...]

    @property
    def place(self) -> Place:
        """Return where the source allocates it."""
        return self.places[0]


class Escapes:
    """All that one compilation said. `go_version`: the compiler's, "" if it said nothing; `files`: those that it said
    anything of.
    """

    def __init__(self, escapes: Sequence[Escape] = (), go_version: str = "", files: Collection[str] = ()) -> None:
        self.go_version = go_version
        self.files = frozenset(files)
        self._by_line: dict[tuple[str, int], list[Escape]] = {}
        for escape in escapes:
            self._by_line.setdefault((escape.place.file, escape.place.line), []).append(escape)

    def __len__(self) -> int:
        return sum(map(len, self._by_line.values()))

    def every(self) -> Iterator[Escape]:
        """Yield all of them."""
        for found in self._by_line.values():
            yield from found

    def of_file(self, file: str) -> dict[int, list[Escape]]:
        """Return the escapes of a file by line."""
        return {line: found for (name, line), found in self._by_line.items() if name == file}

    def at(self, places: Sequence[tuple[str, int]]) -> list[Escape]:
        """Return what escapes at a line. `places`: its file and line, then those of the calls it is inlined into. What
        the compiler said of just this chain of calls comes alone, where it said something of it.
        """
        found = self._by_line.get(places[0], []) if places else []
        chain = tuple(places)
        same = [each for each in found if tuple((place.file, place.line) for place in each.places) == chain]
        return same or [each for each in found if len(each.places) == 1] or found


def read_escapes(directory: Path) -> Escapes:
    """Return what the compiler has written below a directory; lines that make no sense are left out."""
    found: dict[tuple[tuple[Place, ...], str], Escape] = {}
    version, files = "", set[str]()
    for file in sorted(directory.rglob("*.json")):
        try:
            lines = read_text_of(file, _MOST_BYTES).splitlines()
        except OSError:
            continue
        source = ""
        for line in lines:
            entry = _object(line)
            if "file" in entry:
                source, version = str(entry["file"]), version or str(entry.get("gc_version", ""))
                files.add(source)
            elif source and entry.get("code") in _CODES and entry.get("message"):
                for escape in _escape(entry, source):
                    found.setdefault((escape.places, escape.message), escape)
    return Escapes(list(found.values()), version, files)


def _object(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _escape(entry: dict[str, Any], file: str) -> Iterator[Escape]:
    related = entry.get("relatedInformation") or []
    try:
        places = [_place(entry, file)]
        inner = next((n for n, each in enumerate(related) if each["message"] != _INLINED), len(related))
        places += [_related(each) for each in related[:inner]]
        steps = [each for each in related[inner:] if str(each["message"]).startswith(_STEP)]
        flow = tuple(FlowStep(each["message"].removeprefix(_STEP).strip(), _related(each)) for each in steps)
        yield Escape(tuple(reversed(places)), str(entry["code"]), str(entry["message"]), flow[:_MOST_FLOW])
    except (KeyError, TypeError, ValueError, AttributeError):
        return


def _place(entry: dict[str, Any], file: str) -> Place:
    start = entry["range"]["start"]
    return Place(file, int(start["line"]), int(start["character"]))


def _related(each: dict[str, Any]) -> Place:
    location = each["location"]
    return _place(location, unquote(urlsplit(str(location["uri"])).path))
