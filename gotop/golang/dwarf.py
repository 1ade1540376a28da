"""Offsets of the Go runtime's structures, taken from a binary's own DWARF.

Used twice: by `tools/make_layouts.py`, which turns it into the data in `gotop/golang/layouts/`, and for binaries of a
Go version that these data do not cover.
"""

import os
from collections.abc import Iterator
from typing import Any, BinaryIO

from elftools.dwarf.die import DIE
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

# What the hooks, hookagent/runtimestat and the readers in this package use; each is taken whole.
STRUCTS = (
    "g", "gobuf", "stack", "m", "p", "schedt", "sudog", "worldStop", "_defer", "_panic",
    "mcache", "mspan", "mcentral", "mheap", "heapArena", "mstats", "consistentHeapStats", "heapStatsDelta",
    "gcControllerState", "workType", "cpuStats", "gList", "gQueue", "mutex",
    "moduledata", "pcHeader", "_func", "functab", "inlinedCall", "bucket", "memRecord", "memRecordCycle",
)  # fmt: skip

_MAX_DEPTH = 5
_MAX_TYPEDEFS = 16
_MAX_FIELDS = 1 << 16  # the runtime has some 1,500
_MAX_UNPACKED = 1 << 30  # bytes of all debug sections
_DEFLATE = 1100  # zlib packs at most 1,032 bytes into one


class NoDWARF(Exception):  # noqa: N818
    """The binary carries no DWARF, or none that describes package runtime."""


def layout_from_dwarf(source: BinaryIO) -> dict[str, int]:
    """Return the flat layout (see `gotop.golang.layouts`) of the Go binary in `source`.

    Raises NoDWARF if it has none, if it is damaged, or if it lacks any structure that a hook needs.
    """
    try:
        elf = ELFFile(source)
        if not elf.has_dwarf_info(strict=True):
            raise NoDWARF
        _refuse_huge(elf, source.seek(0, os.SEEK_END))
        found = dict(_runtime_structs(elf.get_dwarf_info(relocate_dwarf_sections=False, follow_links=False)))
        layout: dict[str, int] = {}
        for name, die in found.items():
            layout[f"sizeof.{name}"] = _number(die, "DW_AT_byte_size")
            _add_members(layout, die, name, 0, 0)
    except NoDWARF:
        raise
    except Exception as e:  # pyelftools promises nothing of what it raises for damaged data
        raise NoDWARF from e
    if not {"g", "m", "p"} <= found.keys():
        raise NoDWARF
    return layout


def _refuse_huge(elf: ELFFile, size: int) -> None:
    """Refuse sections that promise more than they can hold: pyelftools makes room for what they promise."""
    total = 0
    for section in elf.iter_sections():
        if not section.name.startswith((".debug", ".zdebug")):
            continue
        packed = section["sh_size"]
        room = packed * (_DEFLATE if section["sh_flags"] & SH_FLAGS.SHF_COMPRESSED else 1)
        total += section.data_size
        if section["sh_type"] == "SHT_NOBITS" or packed > size or not 0 <= section.data_size <= room:
            raise NoDWARF
        if section["sh_flags"] & SH_FLAGS.SHF_COMPRESSED and section.data_size == 0:
            raise NoDWARF  # means "all there is" to zlib
    if total > _MAX_UNPACKED:
        raise NoDWARF


def _number(die: DIE, attribute: str) -> int:
    value = die.attributes[attribute].value
    if type(value) is not int or not 0 <= value < 1 << 32:
        raise NoDWARF
    return value


def _children(die: DIE) -> Iterator[DIE]:
    """Yield a DIE's children. They lie one behind the other: a reference back to one would have no end."""
    last = die.offset
    for child in die.iter_children():
        if child.offset <= last:
            raise NoDWARF
        last = child.offset
        yield child


def _runtime_structs(dwarf: Any) -> Iterator[tuple[str, DIE]]:
    """Yield every wanted structure once. The linker puts the runtime's types into the compile unit named "runtime"."""
    wanted = {f"runtime.{s}".encode(): s for s in STRUCTS}
    for unit in dwarf.iter_CUs():
        top = unit.get_top_DIE()
        name = top.attributes.get("DW_AT_name")
        if name is None or name.value != b"runtime":
            continue
        for die in _children(top):
            if die.tag != "DW_TAG_structure_type":
                continue
            short = wanted.pop(die.attributes["DW_AT_name"].value, None)
            if short is not None:
                yield short, die
        if not wanted:
            return


def _underlying(die: DIE) -> DIE:
    for _ in range(_MAX_TYPEDEFS):
        if die.tag != "DW_TAG_typedef":
            return die
        die = die.get_DIE_from_attribute("DW_AT_type")
    raise NoDWARF


def _size(die: DIE) -> int:
    return _number(die, "DW_AT_byte_size") if "DW_AT_byte_size" in die.attributes else 8  # Go writes none for pointers


def _add_members(layout: dict[str, int], struct: DIE, prefix: str, base: int, depth: int) -> None:
    for member in _children(struct):
        if member.tag != "DW_TAG_member":
            continue
        field = member.attributes["DW_AT_name"].value.decode()
        if field in ("_", "noCopy"):
            continue
        if len(layout) >= _MAX_FIELDS:
            raise NoDWARF
        key = f"{prefix}.{field}"
        layout[key] = offset = base + _number(member, "DW_AT_data_member_location")
        kind = _underlying(member.get_DIE_from_attribute("DW_AT_type"))
        if kind.tag == "DW_TAG_structure_type" and depth < _MAX_DEPTH:
            _add_members(layout, kind, key, offset, depth + 1)
        elif kind.tag == "DW_TAG_array_type":
            _add_array(layout, kind, key)


def _add_array(layout: dict[str, int], array: DIE, key: str) -> None:
    for child in _children(array):
        if "DW_AT_count" in child.attributes:
            layout[f"len.{key}"] = _number(child, "DW_AT_count")
            layout[f"stride.{key}"] = _size(_underlying(array.get_DIE_from_attribute("DW_AT_type")))
            return
