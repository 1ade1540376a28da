"""`.symtab` searched as bytes: a large service has several 100,000 symbols, and a plan needs a dozen of them."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gotop.golang.elf import ElfImage, Section
from gotop.golang.search import positions_near

_ENTRY = struct.Struct("<IBBHQQ")
_MAX_TABLE = 1 << 30
_STT_FUNC = 2


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol's link-time address and size in bytes."""

    address: int
    size: int


class ElfSymbolTable:
    """The symbols of an image; empty if it is stripped."""

    def __init__(self, image: ElfImage) -> None:
        table = image.sections.get(".symtab")
        names = image.sections.get(".strtab")
        self._entries = self._load(image, table) if table and names else b""
        self._names = self._load(image, names) if table and names else b""
        self._last_name = self._last_entry = 0

    @staticmethod
    def _load(image: ElfImage, section: Section) -> bytes:
        return image.bytes.read(section.offset, min(section.size, _MAX_TABLE))

    def find(self, names: Iterable[str]) -> dict[str, Symbol]:
        """Return those of `names` that are defined."""
        found = {}
        for name in names:
            symbol = self._find(name)
            if symbol is not None:
                found[name] = symbol
        return found

    def functions_outside(self, start: int, end: int) -> Iterator[tuple[int, str, int]]:
        """Yield address, name and size of every function that does not lie in [start, end). Reads the whole table."""
        usable = len(self._entries) // _ENTRY.size * _ENTRY.size
        for name, info, _, section, address, size in _ENTRY.iter_unpack(self._entries[:usable]):
            if info & 15 == _STT_FUNC and section and size and not start <= address < end:
                stop = self._names.find(b"\0", name)
                yield address, self._names[name : max(name, stop)].decode("utf-8", "replace"), size

    def _find(self, name: str) -> Symbol | None:
        at = next(positions_near(self._names, b"\0" + name.encode() + b"\0", self._last_name), -1) + 1
        if at == 0:
            return None
        self._last_name = at
        for position in positions_near(self._entries, struct.pack("<I", at), self._last_entry):
            if position % _ENTRY.size == 0 and position + _ENTRY.size <= len(self._entries):
                _, _, _, section, address, size = _ENTRY.unpack_from(self._entries, position)
                if section and address:
                    self._last_entry = position
                    return Symbol(address, size)
        return None
