"""Types of one printed name, told apart: by import paths, or where those agree by the descriptors' hashes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gotop.agent.protocol import TypeName

_Identity = tuple[str, int]
"""What a type is beside its name: its name with the import path, and the hash of its descriptor."""


class TypeNamesakes:
    """The types of each printed name, and how they are shown.

    A type is shown by its printed name (`v1.Event`) as long as no other has it, then with its import path
    (`a.org/x/v1.Event`). Types local to functions of one package have the same path: they are shown with their hash
    (`main.key#5f0c2a11`), which depends on nothing but the source.
    """

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._namesakes: dict[str, dict[int, _Identity]] = {}

    def add_type(self, entry: TypeName) -> bool:
        """Learn what the type of an address is; return whether that is new."""
        before, identity = self._names.get(entry.addr), (entry.path, entry.hash)
        if not entry.name or (before == entry.name and self._namesakes[before][entry.addr] == identity):
            return False
        if before is not None:
            del self._namesakes[before][entry.addr]
        self._names[entry.addr] = entry.name
        self._namesakes.setdefault(entry.name, {})[entry.addr] = identity
        return True

    def shown_names(self, name: str) -> Iterator[tuple[int, str]]:
        """Yield the addresses of the types of this name, each with what it is shown as."""
        types = self._namesakes[name]
        different = set(types.values())
        paths = Counter(path or name for path, _ in different)
        for addr, (path, number) in types.items():
            shown = path or name if len(different) > 1 else name
            yield addr, f"{shown}#{number:08x}" if paths[path or name] > 1 else shown
