"""Offsets of the Go runtime's structures, taken from a binary's own DWARF.

Used twice: by `tools/make_layouts.py`, which turns it into the data in `gotop/golang/layouts/`, and for binaries of a
Go version that these data do not cover.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from elftools.common.exceptions import DWARFError, ELFError
from elftools.dwarf.die import DIE
from elftools.elf.elffile import ELFFile

# What the hooks, hookagent/runtimestat and the readers in this package use; each is taken whole.
STRUCTS = (
    "g", "gobuf", "stack", "m", "p", "schedt", "sudog", "worldStop", "_defer", "_panic",
    "mcache", "mspan", "mcentral", "mheap", "heapArena", "mstats", "consistentHeapStats", "heapStatsDelta",
    "gcControllerState", "workType", "cpuStats", "gList", "gQueue", "mutex",
    "moduledata", "pcHeader", "_func", "functab", "inlinedCall", "bucket", "memRecord", "memRecordCycle",
)  # fmt: skip

_MAX_DEPTH = 5


class NoDWARF(Exception):  # noqa: N818
    """The binary carries no DWARF, or none that describes package runtime."""


def layout_from_dwarf(source: BinaryIO) -> dict[str, int]:
    """Return the flat layout (see `gotop.golang.layouts`) of the Go binary in `source`.

    Raises NoDWARF if it has none or if it lacks any structure that a hook needs.
    """
    try:
        elf = ELFFile(source)
        if not elf.has_dwarf_info(strict=True):
            raise NoDWARF
        found = dict(_runtime_structs(elf.get_dwarf_info(relocate_dwarf_sections=False)))
        layout: dict[str, int] = {}
        for name, die in found.items():
            layout[f"sizeof.{name}"] = die.attributes["DW_AT_byte_size"].value
            _add_members(layout, die, name, 0, 0)
    except (DWARFError, ELFError, KeyError, ValueError, AttributeError, IndexError, TypeError, OSError) as e:
        raise NoDWARF from e
    if not {"g", "m", "p"} <= found.keys():
        raise NoDWARF
    return layout


def _runtime_structs(dwarf: Any) -> Iterator[tuple[str, DIE]]:
    """Every wanted structure once. The linker puts the runtime's types into the compile unit named "runtime"."""
    wanted = {f"runtime.{s}".encode(): s for s in STRUCTS}
    for unit in dwarf.iter_CUs():
        top = unit.get_top_DIE()
        name = top.attributes.get("DW_AT_name")
        if name is None or name.value != b"runtime":
            continue
        for die in top.iter_children():
            if die.tag != "DW_TAG_structure_type":
                continue
            short = wanted.pop(die.attributes["DW_AT_name"].value, None)
            if short is not None:
                yield short, die
        if not wanted:
            return


def _underlying(die: DIE) -> DIE:
    while die.tag == "DW_TAG_typedef":
        die = die.get_DIE_from_attribute("DW_AT_type")
    return die


def _size(die: DIE) -> int:
    size = die.attributes.get("DW_AT_byte_size")
    return size.value if size is not None else 8  # Go writes none for pointers


def _add_members(layout: dict[str, int], struct: DIE, prefix: str, base: int, depth: int) -> None:
    for member in struct.iter_children():
        if member.tag != "DW_TAG_member":
            continue
        field = member.attributes["DW_AT_name"].value.decode()
        if field in ("_", "noCopy"):
            continue
        key = f"{prefix}.{field}"
        layout[key] = offset = base + member.attributes["DW_AT_data_member_location"].value
        kind = _underlying(member.get_DIE_from_attribute("DW_AT_type"))
        if kind.tag == "DW_TAG_structure_type" and depth < _MAX_DEPTH:
            _add_members(layout, kind, key, offset, depth + 1)
        elif kind.tag == "DW_TAG_array_type":
            _add_array(layout, kind, key)


def _add_array(layout: dict[str, int], array: DIE, key: str) -> None:
    for child in array.iter_children():
        count = child.attributes.get("DW_AT_count")
        if count is not None:
            layout[f"len.{key}"] = count.value
            layout[f"stride.{key}"] = _size(_underlying(array.get_DIE_from_attribute("DW_AT_type")))
            return
