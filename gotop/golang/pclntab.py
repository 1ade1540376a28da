"""The function table: `runtime.pclntab` and `runtime.firstmoduledata`, found with or without section headers.

Facts are from runtime/symtab.go (pcHeader, moduledata, _func, functab) and cmd/link/internal/ld/pcln.go. The table is
linked into every Go program, `-s -w` does not remove it: the runtime itself unwinds stacks with it.
"""

from __future__ import annotations  # array[int] is no expression before Python 3.12

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property

from gotop.golang.elf import ElfImage
from gotop.golang.errors import Malformed, NotGo, TooOld

_MAGIC_120 = bytes.fromhex("f1ffffff00000108")  # Go 1.20 on; minimum instruction length 1 and 8-byte pointers: amd64
_OLD_MAGICS = {"1.2–1.15": "fbffffff00000108", "1.16–1.17": "faffffff00000108", "1.18–1.19": "f0ffffff00000108"}
_MAX_FUNCTIONS = 1 << 24
_FUNC_SIZE = 44  # sizeof(runtime._func)
_NAME = struct.Struct("<I")

# moduledata fields at the same place in every version from 1.20 on (layouts/: moduledata.*).
_MD_FUNCNAMES, _MD_CUTAB, _MD_FILES, _MD_PCTAB, _MD_FUNCS, _MD_FTAB = 8, 32, 56, 80, 104, 128
_MD_TEXT, _MD_ETEXT = 176, 184


class PcLnTab:
    """The header of `.gopclntab` with the module data that refer to it. Raises NotGo, TooOld or Malformed."""

    def __init__(self, image: ElfImage) -> None:
        self.image = image
        self.address, self.module = _locate(image)
        counts = struct.unpack("<QQ", image.read(self.address + 8, 16))
        self.nfunc: int = counts[0]
        offsets = struct.unpack("<5Q", image.read(self.address + 32, 40))
        self.names, self.cutab, self.files, self.pctab, self.funcs = (self.address + o for o in offsets)
        # The header's own text start is 0 from Go 1.26 on, and relocated in PIE before.
        self.text, self.etext = (image.u64(self.module + o) for o in (_MD_TEXT, _MD_ETEXT))
        if not self._plausible():
            raise Malformed(image.path, "its function table contradicts itself", "Copy or build the file again")

    def _plausible(self) -> bool:
        text = self.image.segment_at(self.text)
        ordered = self.address < self.names <= self.cutab <= self.files <= self.pctab <= self.funcs
        fits = 0 < self.nfunc < _MAX_FUNCTIONS and self.nfunc * 8 < self.image.bytes.size
        return (
            ordered and fits and text is not None and text.address <= self.text < self.etext <= text.address + text.size
        )

    @cached_property
    def _ftab(self) -> array[int]:
        """runtime.functab pairs, flat: entry and _func offset; one entry more closes the table."""
        words = array("I")
        words.frombytes(self.image.read(self.funcs, self.nfunc * 8 + 4))
        return words

    @cached_property
    def entries(self) -> array[int]:
        """Entry of every function as an offset from `text`, ascending; the last one is the end of the text."""
        return self._ftab[::2]

    @cached_property
    def func_offsets(self) -> array[int]:
        """Offset of every function's _func from `funcs`, in the order of `entries`."""
        return self._ftab[1::2]

    def index_at(self, pc: int) -> int | None:
        """Index of the function whose code holds this link-time PC."""
        if not self.text <= pc < self.etext:
            return None
        index = bisect_right(self.entries, pc - self.text) - 1
        return index if 0 <= index < self.nfunc else None

    def entry(self, index: int) -> int:
        """Link-time address of a function's first instruction."""
        offset: int = self.entries[index]
        return self.text + offset

    def size(self, index: int) -> int:
        """Bytes from a function's entry to the next one's, padding included."""
        end: int = self.entries[index + 1]
        return end - self.entries[index]

    def func_address(self, index: int) -> int:
        """Address of a function's runtime._func."""
        return self.funcs + self.func_offsets[index]

    def name_offset(self, index: int) -> int:
        """A function's _func.nameOff."""
        return self.image.u32(self.func_address(index) + 4)

    def name(self, index: int) -> str:
        """A function's name as the linker knows it, with `[...]` for type arguments."""
        return self.name_at(self.name_offset(index))

    def name_at(self, offset: int) -> str:
        """The function name at this offset of the name table."""
        return self._string(self.names + offset, self.cutab)

    def file_at(self, offset: int) -> str:
        """The file name at this offset of the file table."""
        return self._string(self.files + offset, self.pctab)

    def _string(self, address: int, end: int) -> str:
        size = 64
        while True:
            data = self.image.read(address, max(0, min(size, end - address)))
            length = data.find(b"\0")
            if length >= 0:
                return data[:length].decode("utf-8", "replace")
            if len(data) < size:
                raise Malformed(self.image.path, "a name in its function table has no end")
            size *= 8

    def find(self, names: Iterable[str]) -> dict[str, int]:
        """Index by name of those of `names` that are in the table.

        The tables are searched as bytes, because making 200,000 functions into objects would take longer than all else.
        """
        found = {}
        for name in names:
            for offset in self.name_offsets(b"\0" + name.encode() + b"\0"):
                index = self._index_by_name(offset)
                if index is not None:
                    found[name] = index
                    break
        return found

    def find_prefix(self, prefix: str) -> dict[str, int]:
        """Index by name of all functions whose name starts with `prefix`."""
        found = {}
        for offset in self.name_offsets(b"\0" + prefix.encode()):
            index = self._index_by_name(offset)
            if index is not None:
                found[self.name_at(offset)] = index
        return found

    def name_offsets(self, pattern: bytes) -> Iterator[int]:
        """Offsets in the name table of the names behind each `pattern`, which starts with the zero before the name."""
        data, start = self._names, 0
        while (start := data.find(pattern, start)) >= 0:
            start += 1
            yield start

    @cached_property
    def _names(self) -> bytes:
        return self.image.read(self.names, self.cutab - self.names)

    @cached_property
    def _func_bytes(self) -> bytes:
        """All _func structures: from the end of functab to the end of pclntable, which the module data tell."""
        size = self.image.u64(self.module + _MD_FUNCS + 8)
        segment = self.image.segment_at(self.funcs)
        room = segment.address + segment.size - self.funcs if segment else 0
        return self.image.read(self.funcs, min(size, room))

    def _index_by_name(self, name_offset: int) -> int | None:
        """Index of the function with this nameOff: a candidate counts only if functab leads to it."""
        data, pattern = self._func_bytes, _NAME.pack(name_offset)
        position = self.nfunc * 8 + 4
        while (position := data.find(pattern, position)) >= 0:
            start = position - 4
            if start % 4 == 0:
                index = self.index_at(self.text + _NAME.unpack_from(data, start)[0])
                if index is not None and self.func_offsets[index] == start:
                    return index
            position += 1
        return None


def _locate(image: ElfImage) -> tuple[int, int]:
    """Addresses of the pclntab header and of the module data that point to it."""
    seen = False
    for address in _candidates(image):
        seen = True
        module = _module_of(image, address)
        if module is not None:
            return address, module
    if seen:
        raise Malformed(image.path, "its function table is not referred to by any module data", "Is it packed?")
    for version, magic in _OLD_MAGICS.items():
        if _search(image, bytes.fromhex(magic)) is not None:
            raise TooOld(image.path, f"built with Go {version}", "Build it with Go 1.21 or newer")
    if image.bytes.read(0, 4096).find(b"UPX!") >= 0:
        raise NotGo(image.path, "packed with UPX", "Unpack it first: upx -d")
    raise NotGo(image.path, "not built by the Go toolchain: it has no Go function table", "Give a Go program")


def _candidates(image: ElfImage) -> Iterator[int]:
    for name in (".gopclntab", ".data.rel.ro.gopclntab"):
        section = image.sections.get(name)
        if section and image.segment_at(section.address) and image.read(section.address, 8) == _MAGIC_120:
            yield section.address
    yield from _search_all(image, _MAGIC_120)


def _search(image: ElfImage, magic: bytes) -> int | None:
    return next(_search_all(image, magic), None)


def _search_all(image: ElfImage, magic: bytes) -> Iterator[int]:
    for segment in image.segments:
        position, end = segment.offset, segment.offset + segment.file_size
        while (position := image.bytes.find(magic, position, end)) >= 0:
            address = segment.address + position - segment.offset
            if address % 8 == 0:
                yield address
            position += 1


def _module_of(image: ElfImage, pclntab: int) -> int | None:
    """Address of firstmoduledata: it starts with a pointer to the header, its slices with pointers into the table."""
    section = image.sections.get(".go.module")  # since Go 1.26
    places = [section.address] if section else []
    for module in [*places, *image.pointers_to(pclntab)]:
        try:
            names, funcs = (image.u64(pclntab + 32 + 8 * i) for i in (0, 4))
            words = (image.u64(module + o) for o in (0, _MD_FUNCNAMES, _MD_FTAB))
            if tuple(words) == (pclntab, pclntab + names, pclntab + funcs):
                return module
        except Malformed:
            continue
    return None
