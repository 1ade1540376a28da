"""Binaries: bytes of any kind as an ELF file, and real Go programs with places overwritten that the input names.

A real program is too long for a fuzzer to find the few bytes that matter: an input is a list of edits to one of them,
each a zone (a header, a section, a table of the runtime), a position in it, and eight bytes to stand there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from io import BytesIO

from gotop.golang.binary import GoBinary
from gotop.golang.buildinfo import build_id, read_build_info
from gotop.golang.elf import ElfImage
from gotop.golang.errors import BinaryError
from gotop.golang.plan import plan_of
from gotop.golang.symbols import Symbolizer
from tests.fuzz_targets import Target
from tests.golang.mutations import BINARIES, INTERESTING, applied, whole, zones

EDIT = 12  # zone, position (3 bytes), value


@cache
def places(program: int) -> list[tuple[int, int]]:
    """Offset and size of a program's zones, in an order that stays."""
    return [zone for _, zone in sorted(zones(BINARIES[program]).items())]


def edited(data: bytes) -> bytes:
    """The program that the first byte names, with the edits that the others are."""
    program = (data[0] if data else 0) % len(BINARIES)
    found, changes = places(program), []
    for at in range(1, min(len(data), 1 + 16 * EDIT) - EDIT + 1, EDIT):
        start, size = found[data[at] % len(found)]
        changes.append((start + int.from_bytes(data[at + 1 : at + 4], "little") % size, data[at + 4 : at + EDIT]))
    return applied(whole(BINARIES[program]), changes)


def refused(error: BinaryError) -> None:
    """A refusal is a sentence or two, and names the file."""
    said = str(error)
    assert error.path in said and len(said) < 1000 and "\n" not in said, said


def any_bytes(data: bytes) -> None:
    """A file of these bytes."""
    try:
        image = ElfImage(BytesIO(data), "service")
        read_build_info(image)
        build_id(image)
        plan_of(GoBinary(image))
    except BinaryError as error:
        refused(error)


def names(data: bytes) -> None:
    """Opening an edited program may be refused, a question never."""
    try:
        symbols = Symbolizer(BytesIO(edited(data)))
    except BinaryError as error:
        refused(error)
        return
    table = symbols.binary.table
    for pc in (*INTERESTING, *(table.text + (table.etext - table.text) * n // 20 for n in range(22))):
        assert symbols.function_at(pc).function
        assert all(frame.line >= 0 for frame in symbols.frames(pc))
        assert isinstance(symbols.type_name(pc), str)
    assert all(isinstance(symbols.type_name(at), str) for at in range(table.module - 512, table.module, 64))


def hooked(data: bytes) -> None:
    """A hook never lies outside of its function, and replaces the jump that is expected there."""
    try:
        plan = json.loads(plan_of(GoBinary(ElfImage(BytesIO(edited(data)), "service"))).to_json())
    except BinaryError as error:
        refused(error)
        return
    low, high = plan["text"]
    for hook in plan["hooks"]:
        assert low <= hook["entry"] <= hook["at"] <= hook["entry"] + hook["size"] - 6 <= high, hook
        assert hook["expect"].startswith("0f86") and len(hook["expect"]) == 12, hook


def heads() -> Iterator[bytes]:
    """Beginnings of real programs, with their headers and their build information."""
    for binary in BINARIES[:2]:
        yield whole(binary)[:8192]
    yield whole(BINARIES[0])[:64]


def one_edit_each() -> Iterator[bytes]:
    """Each program as it is, and with a word in every zone of one of them."""
    yield from (bytes([program]) for program in range(len(BINARIES)))
    for zone in range(len(places(0))):
        for value in (0, 1 << 31, (1 << 64) - 1):
            yield bytes([0, zone, 8, 0, 0]) + value.to_bytes(8, "little")


ELF = Target("elf", any_bytes, heads, 1 << 13)
BINARY = Target("binary", names, one_edit_each, 1 + 16 * EDIT)
PLAN = Target("plan", hooked, one_edit_each, 1 + 16 * EDIT)
