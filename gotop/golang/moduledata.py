"""Where the function table and `runtime.firstmoduledata` are, with or without section headers.

The table is linked into every Go program and `-s -w` does not remove it: the runtime unwinds stacks with it. The linker
gives it a section (`.gopclntab`; `.data.rel.ro.gopclntab` in PIE), but all it takes is the table's magic number and
module data that point to it (runtime/symtab.go, moduledataverify1).
"""

from collections.abc import Iterator

from gotop.golang.buildinfo import read_build_info
from gotop.golang.elf import ElfImage
from gotop.golang.errors import Malformed, NotGo, TooOld, UnknownGoVersion

_MAGIC_120 = "f1ffffff0000"  # from Go 1.20 on
_OLD_MAGICS = {"1.2–1.15": "fbffffff0000", "1.16–1.17": "faffffff0000", "1.18–1.19": "f0ffffff0000"}

# The same in every version from 1.20 on: fields of moduledata, and of pcHeader.
_MD_HEADER, _MD_FUNCNAMES, _MD_FTAB = 0, 8, 128
_HEADER_FUNCNAMES, _HEADER_FUNCS = 32, 64


def locate_tables(image: ElfImage) -> tuple[int, int]:
    """Return the addresses of the pclntab header and of the module data that point to it. Raises a BinaryError."""
    seen = False
    for address in _candidates(image):
        seen = True
        module = _module_of(image, address)
        if module is not None:
            return address, module
    if seen:
        raise Malformed(image.path, "its function table is not referred to by any module data", "Is it packed?")
    for version, magic in _OLD_MAGICS.items():
        if next(_search(image, _header(image, magic)), None) is not None:
            raise TooOld(image.path, f"built with Go {version}", "Build it with Go 1.21 or newer")
    if image.bytes.read(0, 4096).find(b"UPX!") >= 0:
        raise NotGo(image.path, "packed with UPX", "Unpack it first: upx -d")
    if ".gopclntab" in image.sections or read_build_info(image).go_version:
        raise UnknownGoVersion(
            image.path,
            "its Go function table has a form that gotop does not know: built by a newer Go, or obfuscated",
            "Update gotop, or build it without obfuscation",
        )
    raise NotGo(image.path, "not built by the Go toolchain: it has no Go function table", "Give a Go program")


def _header(image: ElfImage, magic: str) -> bytes:
    """Return how a table begins: the magic number, the shortest instruction's length and that of a pointer, 8 bytes."""
    return bytes.fromhex(magic) + bytes((image.arch.pc_quantum, 8))


def _candidates(image: ElfImage) -> Iterator[int]:
    header = _header(image, _MAGIC_120)
    for name in (".gopclntab", ".data.rel.ro.gopclntab"):
        section = image.sections.get(name)
        if section and image.segment_at(section.address) and image.read(section.address, 8) == header:
            yield section.address
    yield from _search(image, header)


def _search(image: ElfImage, header: bytes) -> Iterator[int]:
    for segment in image.segments:
        position, end = segment.offset, segment.offset + segment.file_size
        while (position := image.bytes.find(header, position, end)) >= 0:
            address = segment.address + position - segment.offset
            if address % 8 == 0:
                yield address
            position += 1


def _module_of(image: ElfImage, pclntab: int) -> int | None:
    """Return the address of firstmoduledata: it starts with a pointer to the header, its slices with pointers into the
    table.
    """
    section = image.sections.get(".go.module")  # since Go 1.26
    places = [section.address] if section else []
    for module in [*places, *image.pointers_to(pclntab)]:
        try:
            names, funcs = (image.u64(pclntab + o) for o in (_HEADER_FUNCNAMES, _HEADER_FUNCS))
            words = (image.u64(module + o) for o in (_MD_HEADER, _MD_FUNCNAMES, _MD_FTAB))
            if tuple(words) == (pclntab, pclntab + names, pclntab + funcs):
                return module
        except Malformed:
            continue
    return None
