"""The function table, `runtime.pclntab`: functions, their files and lines, where their inline trees are.

Facts are from runtime/symtab.go (pcHeader, moduledata, _func, functab) and cmd/link/internal/ld/pcln.go.
"""

from __future__ import annotations  # array[int] is no expression before Python 3.12

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from gotop.golang.elf import ElfImage
from gotop.golang.errors import Malformed
from gotop.golang.moduledata import locate_tables
from gotop.golang.pcvalue import PcValues, value_in
from gotop.golang.search import positions_near

_MAX_FUNCTIONS = 1 << 24
_FUNC = struct.Struct("<IiiIIIIIIiBBxB")  # runtime._func
_FUNC_ID = 40  # runtime._func.funcID
_NAME = struct.Struct("<I")
_PLAIN_PC_TABLE = 4096  # bytes; what is longer is kept taken apart
_MAX_PC_TABLE = 1 << 26
_MOST_KEPT = 32  # of these tables
_MAX_PCDATA = 64  # far above any version's number of PCDATA and FUNCDATA tables
_NO_FUNCDATA = 0xFFFFFFFF

# moduledata fields at the same place in every version from 1.20 on (layouts/: moduledata.*).
_MD_FUNCS, _MD_TEXT, _MD_ETEXT = 104, 176, 184


class Func(NamedTuple):
    """A function's runtime._func: the fields that say where its tables are.

    `pcsp`, `pcfile` and `pcln` are offsets in the PC tables, 0 for none; `pcdata` such offsets too, `funcdata` offsets
    from moduledata.gofunc, -1 for none.
    """

    entry: int
    name_offset: int
    pcsp: int
    pcfile: int
    pcln: int
    cu_offset: int
    start_line: int
    func_id: int
    pcdata: tuple[int, ...]
    funcdata: tuple[int, ...]


class PcLnTab:
    """The function table: the header of `.gopclntab` with the module data that refer to it. Raises NotGo, TooOld or
    Malformed.
    """

    def __init__(self, image: ElfImage) -> None:
        self.image = image
        self._quantum = image.arch.pc_quantum
        self._near = 0  # where a function was found last
        self._large: dict[int, PcValues] = {}  # the PC tables of large functions, by their offset
        self.address, self.module = locate_tables(image)
        counts = struct.unpack("<QQ", image.read(self.address + 8, 16))
        self.nfunc: int = counts[0]
        offsets: tuple[int, ...] = struct.unpack("<5Q", image.read(self.address + 32, 40))
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
        """Return the index of the function whose code holds this link-time PC."""
        if not self.text <= pc < self.etext:
            return None
        index = bisect_right(self.entries, pc - self.text) - 1
        return index if 0 <= index < self.nfunc else None

    def entry(self, index: int) -> int:
        """Return the link-time address of a function's first instruction."""
        return self.text + int(self.entries[index])

    def size(self, index: int) -> int:
        """Return the bytes from a function's entry to the next one's, padding included."""
        return int(self.entries[index + 1]) - int(self.entries[index])

    def func_address(self, index: int) -> int:
        """Return the address of a function's runtime._func."""
        return self.funcs + int(self.func_offsets[index])

    def func(self, index: int) -> Func:
        """Return a function's entry in the table. Raises Malformed."""
        data = self.image.read(self.func_address(index), _FUNC.size)
        entry, name, _, _, pcsp, pcfile, pcln, npcdata, cu, line, func_id, _, nfuncdata = _FUNC.unpack(data)
        if npcdata > _MAX_PCDATA or nfuncdata > _MAX_PCDATA:
            raise Malformed(self.image.path, "an entry of its function table is damaged")
        tail = self.image.read(self.func_address(index) + _FUNC.size, 4 * (npcdata + nfuncdata))
        words = struct.unpack(f"<{npcdata + nfuncdata}I", tail)
        funcdata = tuple(-1 if w == _NO_FUNCDATA else w for w in words[npcdata:])
        return Func(self.text + entry, name, pcsp, pcfile, pcln, cu, line, func_id, words[:npcdata], funcdata)

    def name(self, index: int) -> str:
        """Return a function's name as the linker has it, type arguments and all."""
        return self.name_at(self.image.u32(self.func_address(index) + 4))

    def file(self, number: int) -> str:
        """Return the file with this number: Func.cu_offset plus the pcfile table's value; "?" for none
        (runtime.funcfile).
        """
        offset = self.image.u32(self.cutab + 4 * number)
        return "?" if offset == _NO_FUNCDATA else self.file_at(offset)

    def value_at(self, table: int, func: Func, pc: int) -> int:
        """Return the value that a PC table has for `pc`, -1 where it has none (runtime.pcvalue).

        A table is a run of pairs: the value's change, zigzag, and how much code it holds for, in units of
        `Arch.pc_quantum`.
        """
        if table == 0:
            return -1
        target = (pc - func.entry) // self._quantum
        kept = self._large.get(table)
        if kept is not None:
            return kept.at(target)
        for size in (256, _PLAIN_PC_TABLE):
            try:
                return value_in(self._pc_table(table, size), target)
            except IndexError:
                continue
        return self._decoded_table(table).at(target)

    def _pc_table(self, table: int, size: int) -> bytes:
        """Return up to `size` bytes of a PC table and of what follows it."""
        return self.image.read(self.pctab + table, min(size, self.funcs - self.pctab - table))

    def _decoded_table(self, table: int) -> PcValues:
        size = _PLAIN_PC_TABLE
        while size < _MAX_PC_TABLE:
            size *= 16
            try:
                values = PcValues(self._pc_table(table, size))
            except IndexError:
                continue
            while len(self._large) >= _MOST_KEPT:
                del self._large[next(iter(self._large))]
            self._large[table] = values
            return values
        raise Malformed(self.image.path, "a table of its functions' lines has no end")

    def name_at(self, offset: int) -> str:
        """Return the function name at this offset of the name table."""
        return self._string(self.names + offset, self.cutab)

    def file_at(self, offset: int) -> str:
        """Return the file name at this offset of the file table."""
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
        """Return the index by name of those of `names` that are in the table.

        The tables are searched as bytes, because making 200,000 functions into objects would take longer than all else.
        """
        found, near = {}, 0
        for name in names:
            offset = self._name_offset(name.encode() + b"\0", near)
            index = self._index_by_name(offset) if offset is not None else None
            if offset is not None and index is not None:
                found[name], near = index, offset
        return found

    def find_prefix(self, prefix: str) -> dict[str, int]:
        """Return the index by name of all functions whose name starts with `prefix`."""
        names = [self.name_at(at + 1) for at in positions_near(self._names, b"\0" + prefix.encode())]
        return self.find(dict.fromkeys(names))

    def forget_search(self) -> None:
        """Let go of the tables that `find` holds: tens of megabytes in a large service."""
        for held in ("_names", "_func_bytes"):
            self.__dict__.pop(held, None)

    def _name_offset(self, text: bytes, near: int) -> int | None:
        """Return the offset of a name, given with its closing zero, in the name table: each is there once."""
        if self._names.startswith(text):  # the first name has no zero before it
            return 0
        at = next(positions_near(self._names, b"\0" + text, near), None)
        return None if at is None else at + 1

    @property
    def names_blob(self) -> bytes:
        """All names, each closed by a zero; `names_and_units` says where in it they begin."""
        return self._names

    def names_and_units(self) -> Iterator[tuple[int, int]]:
        """Return of every function where its name begins, and the number of its compilation unit, which is a package.

        The unit of what has been written by hand in assembly may be another one. Functions beyond a damaged entry are
        left out.
        """
        words = array("I")
        data = self._func_bytes
        words.frombytes(data[: len(data) & ~3])
        for offset in self.func_offsets[: self.nfunc]:
            at = offset >> 2
            if at + 8 >= len(words):
                return
            yield words[at + 1], words[at + 8]

    @cached_property
    def _names(self) -> bytes:
        return self.image.read(self.names, self.cutab - self.names)

    @cached_property
    def _func_bytes(self) -> bytes:
        """Return all _func structures: from the end of functab to the end of pclntable, which the module data tell."""
        size = self.image.u64(self.module + _MD_FUNCS + 8)
        segment = self.image.segment_at(self.funcs)
        room = segment.address + segment.size - self.funcs if segment else 0
        return self.image.read(self.funcs, min(size, room))

    def _index_by_name(self, name_offset: int) -> int | None:
        """Return the index of the function with this nameOff.

        Go functions that assembly calls have two of a name: themselves, and a wrapper for the other calling convention,
        whose FuncID is the highest there is. Nearly all have the ID 0, which ends the search.
        """
        found: list[tuple[int, int]] = []
        for index in self._indexes_by_name(name_offset):
            func_id = self._func_bytes[self.func_offsets[index] + _FUNC_ID]
            if func_id == 0:
                return index
            found.append((func_id, index))
        return min(found)[1] if found else None

    def _indexes_by_name(self, name_offset: int) -> Iterator[int]:
        """Yield the index of every function with this nameOff: a place that holds the number counts only if functab
        leads to it.
        """
        data = self._func_bytes
        for position in positions_near(data, _NAME.pack(name_offset), self._near):
            start = position - 4
            if start >= self.nfunc * 8 and start % 4 == 0:
                index = self.index_at(self.text + _NAME.unpack_from(data, start)[0])
                if index is not None and self.func_offsets[index] == start and start + _FUNC_ID < len(data):
                    self._near = start
                    yield index
