"""Symbols of a binary, against `go tool nm`."""

from __future__ import annotations

from gotop.golang.binary import GoBinary
from gotop.golang.symtab import ElfSymbolTable
from tests.golang.programs import build, go_tool

NAMES = ("runtime.mallocgc", "main.main", "runtime.memstats", "runtime.schedt", "no.such", "")


def test_symbols_are_those_of_nm() -> None:
    binary = build("symbols", "1.26")
    known = {}
    for line in go_tool("1.26", "tool", "nm", "-size", str(binary)).splitlines():
        fields = line.split(None, 3)
        if len(fields) == 4 and fields[3] in NAMES:
            known[fields[3]] = (int(fields[0], 16), int(fields[1]))
    with GoBinary.open(binary) as opened:
        found = ElfSymbolTable(opened.image).find(NAMES)
    assert {name: (symbol.address, symbol.size) for name, symbol in found.items()} == known
    assert "runtime.mallocgc" in known and "no.such" not in found


def test_a_stripped_binary_has_none() -> None:
    with GoBinary.open(build("symbols", "1.26", "stripped")) as opened:
        table = ElfSymbolTable(opened.image)
        assert table.find(NAMES) == {} and list(table.functions_outside(0, 0)) == []


def test_functions_outside_of_a_range_are_cs() -> None:
    with GoBinary.open(build("symbols", "1.26", "cgo")) as opened:
        functions = {name for _, name, _ in ElfSymbolTable(opened.image).functions_outside(0, 0)}
        assert {"main.main", "runtime.mallocgc"} < functions
        everything = list(ElfSymbolTable(opened.image).functions_outside(0, 1 << 63))
        assert everything == []
