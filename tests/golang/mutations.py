"""Real Go binaries, damaged: where in a file what the readers follow lies, and ways to spoil it."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from elftools.elf.elffile import ELFFile
from hypothesis import strategies as st

from gotop.golang.binary import GoBinary
from gotop.golang.elf import ElfImage
from tests.golang.programs import build

#: Version, variant and more flags of the binaries that are damaged.
BINARIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("1.26", "plain", ()),
    ("1.27", "stripped", ()),
    ("1.27", "stripped-pie", ()),
    ("1.24", "pie", ()),
    ("1.26", "cgo", ()),
)
INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0xFFFFFFFF, 1 << 31, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
_LARGE = 1 << 12  # of a zone, the beginning is most worth being damaged

Binary = tuple[str, str, tuple[str, ...]]
Zone = tuple[int, int]
Edit = tuple[int, bytes]


@cache
def whole(binary: Binary, program: str = "hello") -> bytes:
    """The binary's bytes."""
    version, variant, flags = binary
    return build(program, version, variant, *flags).read_bytes()


@cache
def zones(binary: Binary, program: str = "hello") -> dict[str, Zone]:
    """Offset and size of what the readers follow: headers, every section, and places inside of some."""
    data = whole(binary, program)
    elf = ELFFile(BytesIO(data))
    found = {"header": (0, 64), "segments": (elf["e_phoff"], elf["e_phentsize"] * elf["e_phnum"])}
    found["sections"] = (elf["e_shoff"], elf["e_shentsize"] * elf["e_shnum"])
    for section in elf.iter_sections():
        if section["sh_type"] != "SHT_NOBITS" and section["sh_size"] >= 16:
            found[section.name] = (section["sh_offset"], section["sh_size"])
    opened = GoBinary(ElfImage(BytesIO(data), "service"))
    table = opened.table
    places = {"module": (table.module, 600), "pclntab header": (table.address, 72), "functab": (table.funcs, 4096)}
    places |= {"pc tables": (table.pctab, 4096), "files": (table.cutab, 4096)}
    for name, index in table.find(["runtime.mallocgc", "runtime.malg", "runtime.newproc1", "main.main"]).items():
        places[name] = (table.func_address(index), 96)
        places[f"{name} code"] = (table.entry(index), 32)
    places["inline trees"] = (opened.image.u64(table.module + opened.runtime.offsets["moduledata.gofunc"]), 1 << 14)
    places["types"] = (opened.image.u64(table.module + opened.runtime.offsets["moduledata.types"]), 1 << 14)
    for name, (address, size) in places.items():
        segment = opened.image.segment_at(address)
        assert segment is not None, name
        offset = address - segment.address + segment.offset
        found[name] = (offset, min(size, len(data) - offset))
    return found


def words() -> st.SearchStrategy[bytes]:
    """One to eight bytes that a reader may take for a length, a pointer or a flag."""
    values = st.one_of(st.sampled_from(INTERESTING), st.integers(0, (1 << 64) - 1), st.integers(0, 1 << 16))
    return st.tuples(values, st.sampled_from([1, 2, 4, 8])).map(
        lambda drawn: (drawn[0] & ((1 << 8 * drawn[1]) - 1)).to_bytes(drawn[1], "little")
    )


@st.composite
def edits(draw: st.DrawFn, binary: Binary, program: str = "hello", only: tuple[str, ...] = ()) -> list[Edit]:
    """Up to six changes: words, bits, zones emptied, filled, exchanged or copied over each other."""
    data = whole(binary, program)
    found = [zone for name, zone in zones(binary, program).items() if not only or name.startswith(only)]
    changes: list[Edit] = []
    for _ in range(draw(st.integers(1, 6))):
        start, size = draw(st.sampled_from(found))
        inside = draw(st.integers(0, min(size, _LARGE) - 8) if draw(st.booleans()) else st.integers(0, size - 8))
        match draw(st.sampled_from(["word", "word", "word", "bits", "fill", "exchange", "copy"])):
            case "word":
                changes.append((start + inside // 4 * 4, draw(words())))
            case "bits":
                piece = bytearray(data[start + inside : start + inside + 8])
                for _ in range(draw(st.integers(1, 4))):
                    piece[draw(st.integers(0, len(piece) - 1))] ^= 1 << draw(st.integers(0, 7))
                changes.append((start + inside, bytes(piece)))
            case "fill":
                length = draw(st.sampled_from([16, 64, 1024, size]))
                changes.append((start + inside, draw(st.sampled_from([b"\0", b"\xff", b"\x80"])) * length))
            case "exchange":
                other, other_size = draw(st.sampled_from(found))
                length = min(size, other_size)
                changes += [(start, data[other : other + length]), (other, data[start : start + length])]
            case _:
                other, other_size = draw(st.sampled_from(found))
                changes.append((start, data[other : other + min(size - inside, other_size)]))
    return changes


@st.composite
def damaged(draw: st.DrawFn, program: str = "hello") -> bytes:
    """A damaged binary, sometimes cut off as well or with something behind it."""
    binary = draw(st.sampled_from(BINARIES))
    data = applied(whole(binary, program), draw(edits(binary, program)))
    match draw(st.integers(0, 9)):
        case 0:
            return data[: draw(st.integers(0, len(data)))]
        case 1:
            return data + bytes(draw(st.integers(1, 1 << 16)))
    return data


def applied(data: bytes, changes: list[Edit]) -> bytes:
    """The bytes with the changes made; what would lie behind their end is left out."""
    result = bytearray(data)
    for position, piece in changes:
        result[position : position + len(piece)] = piece[: max(0, len(result) - position)]
    return bytes(result)
