"""Calls of the allocator in a program's code, against Go's own disassembler."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from gotop.golang.binary import GoBinary
from gotop.golang.static_allocations import _ALLOCATORS, StaticAllocations
from gotop.golang.symbols import Symbolizer
from tests.golang.programs import VERSIONS, build, go_tool

_FUNCTION = re.compile(r"^TEXT (?P<function>.+?)\(SB\)")
_CALL = re.compile(r"^  \S*\s+0x(?P<address>[0-9a-f]+)\s.*\bCALL (?P<callee>runtime\.\w+)(?:\.abi0)?\(SB\)")


def disassembled(binary: Path, version: str) -> list[tuple[int, str, str]]:
    """Address, function and callee of every direct call of an allocator by `go tool objdump`."""
    found, function = [], ""
    for line in go_tool(version, "tool", "objdump", str(binary)).splitlines():
        if text := _FUNCTION.match(line):
            function = text["function"]
        elif (call := _CALL.match(line)) and _ALLOCATORS.match(f"\0{call['callee']}\0".encode()):
            found.append((int(call["address"], 16), function, call["callee"]))
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_go_tool_objdump_finds_the_same_calls(version: str) -> None:
    binary = build("symbols", version)
    wanted = disassembled(binary, version)
    with GoBinary.open(binary) as opened:
        static = StaticAllocations(opened)
        found = [(call.address, call.function, call.allocator) for call in static.calls_in("")]
        assert static.known and len(static) == len(found) > 300
        assert found == wanted
        assert static.by_allocator() == dict(Counter(callee for _, _, callee in wanted))
        assert static.by_function() == dict(Counter(function for _, function, _ in wanted))


@pytest.mark.parametrize("variant", ["stripped", "stripped-pie"])
def test_a_stripped_program_has_as_many(variant: str) -> None:
    with GoBinary.open(build("symbols", "1.27", variant)) as opened, GoBinary.open(build("symbols", "1.27")) as whole:
        assert StaticAllocations(opened).by_function() == StaticAllocations(whole).by_function()


def test_the_frames_of_a_call_begin_where_addr2line_says() -> None:
    binary = build("symbols", "1.27")
    with GoBinary.open(binary) as opened:
        calls = list(StaticAllocations(opened).calls_in(r"^main\."))
        frames = [Symbolizer(opened).frames(call.returns) for call in calls]
    said = go_tool("1.27", "tool", "addr2line", str(binary), stdin="".join(f"{call.address:#x}\n" for call in calls))
    places = said.splitlines()[1::2]
    assert [f"{each[0].file}:{each[0].line}" for each in frames] == places and len(places) > 5
    assert any(len(each) > 1 for each in frames), "something is inlined"
    assert all(each[-1].function.startswith("main.") for each in frames)


def test_nothing_is_found_where_there_is_no_call() -> None:
    with GoBinary.open(build("symbols", "1.27")) as opened:
        calls_to = opened.image.arch.calls_to
        assert calls_to is not None
        import numpy as np

        targets = np.array([0x401000], np.int64)
        assert [len(found) for found in calls_to(b"", 0, targets)] == [0, 0, 0]
        assert [len(found) for found in calls_to(b"\xe8\0\0", 0, targets)] == [0, 0, 0]
        assert [found.tolist() for found in calls_to(b"\x90\xe8\xfa\x0f\0\0", 0x400000, targets)] == [
            [0x400001], [0x400006], [0],
        ]  # fmt: skip
