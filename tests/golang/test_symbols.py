"""Symbols against the runtime's own CallersFrames and against `go tool addr2line`."""

import os
import random
from pathlib import Path
from typing import Any

import pytest

from gotop.golang.symbols import LogicalFrame, Symbolizer, printed_name
from tests import toolchains
from tests.golang.programs import CGO_VARIANTS, VARIANTS, VERSIONS, build, go_tool, output

Logical = tuple[str, str, int]


def load_bias(report: dict[str, Any], symbols: Symbolizer) -> int:
    table = symbols.binary.table
    return int(report["main"]) - table.entry(table.find(["main.main"])["main.main"])


def physical(symbols: Symbolizer, pcs: list[int]) -> list[int]:
    """The PCs of a runtime.Callers list that are return addresses: it has one more for each inlined call."""
    found, position = [], 0
    while position < len(pcs):
        found.append(pcs[position])
        position += max(1, len(symbols.frames(pcs[position])))
    return found


def as_on_the_stack(symbols: Symbolizer, pcs: list[int]) -> list[int]:
    """runtime.Callers adds 1 to the PC of an instruction that did not call but was interrupted; take that back."""
    below = ["", *(symbols.function_at(pc - 1).function for pc in pcs)]
    return [pc - 1 if callee == "runtime.sigpanic" else pc for callee, pc in zip(below, pcs, strict=False)]


def logical(frames: list[tuple[LogicalFrame, ...]]) -> list[Logical]:
    return [(f.function, f.file, f.line) for pc in frames for f in pc]


def check_stacks(binary: Path) -> None:
    report, symbols = output(binary), Symbolizer(binary)
    bias = load_bias(report, symbols)
    assert len(report["stacks"]) > 30
    for stack in report["stacks"]:
        pcs = as_on_the_stack(symbols, physical(symbols, [pc - bias for pc in stack["pcs"]]))
        wanted = [(f["function"], f["file"], f["line"]) for f in stack["frames"]]
        assert logical(symbols.stack(pcs)) == wanted, stack["name"]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("version", VERSIONS)
def test_stacks_equal_callers_frames(version: str, variant: str) -> None:
    check_stacks(build("symbols", version, variant))


@pytest.mark.parametrize("variant", CGO_VARIANTS)
@pytest.mark.parametrize("version", VERSIONS)
def test_stacks_equal_callers_frames_with_cgo(version: str, variant: str) -> None:
    check_stacks(build("symbols", version, variant, "-ldflags=-linkmode=external"))


@pytest.mark.parametrize("version", VERSIONS)
def test_stacks_equal_callers_frames_without_source_paths(version: str) -> None:
    check_stacks(build("symbols", version, "plain", "-trimpath"))


@pytest.mark.parametrize("version", VERSIONS)
def test_stacks_equal_callers_frames_without_inlining(version: str) -> None:
    check_stacks(build("symbols", version, "plain", "-gcflags=-l -N"))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("version", VERSIONS)
def test_function_at_an_entry(version: str, variant: str) -> None:
    binary = build("symbols", version, variant)
    report, symbols = output(binary), Symbolizer(binary)
    bias = load_bias(report, symbols)
    for function in report["functions"]:
        wanted = function["frame"]
        found = symbols.function_at(function["entry"] - bias)
        assert found == LogicalFrame(wanted["function"], wanted["file"], wanted["line"], False)


@pytest.mark.parametrize("variant", ["plain", "pie", "cgo"])
@pytest.mark.parametrize("version", VERSIONS)
def test_lines_equal_addr2line(version: str, variant: str) -> None:
    binary = build("symbols", version, variant)
    symbols = Symbolizer(binary)
    table = symbols.binary.table
    choice = random.Random(version + variant)
    pcs = sorted(choice.randrange(table.text, table.etext) for _ in range(3000))
    pcs += [table.entry(i) for i in range(0, table.nfunc, 5)]
    lines = go_tool(version, "tool", "addr2line", str(binary), stdin="".join(f"{pc:#x}\n" for pc in pcs)).splitlines()
    told = zip(pcs, lines[::2], lines[1::2], strict=True)
    compared = 0
    for pc, name, where in told:
        frames = symbols.frames(pc + 1)  # a return address is one more than a PC within the call
        if name == "?" or not frames or table.index_at(pc + 1) != table.index_at(pc):
            continue  # bytes between functions belong to the one before for the runtime, to none for addr2line
        file, _, line = where.rpartition(":")
        assert (frames[0].file, frames[0].line) == ((file, int(line)) if file else ("?", 0)), hex(pc)
        assert symbols.function_at(pc).function == printed_name(name)
        compared += 1
    assert compared > 2500


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("version", VERSIONS)
def test_type_names_equal_reflects(version: str, variant: str) -> None:
    binary = build("symbols", version, variant)
    report, symbols = output(binary), Symbolizer(binary)
    bias = load_bias(report, symbols)
    assert len(report["types"]) > 50
    for one in report["types"]:
        assert symbols.type_name(one["addr"] - bias) == one["name"]


def test_type_names_of_what_is_no_type() -> None:
    symbols = Symbolizer(build("symbols", "1.26"))
    table = symbols.binary.table
    assert [symbols.type_name(a) for a in (0, 1, -8, table.text, table.module, 1 << 63, 1 << 70)] == [""] * 7


def test_a_binary_read_through_an_open_file_gives_the_same() -> None:
    binary = build("symbols", "1.27", "stripped-pie")
    by_path = Symbolizer(binary)
    with binary.open("rb") as file, OnlyReads(file) as source:
        by_file = Symbolizer(source)  # type: ignore[arg-type]
        table = by_path.binary.table
        for index in range(0, table.nfunc, 7):
            pc = table.entry(index) + 5
            assert by_file.frames(pc) == by_path.frames(pc)


def test_a_binary_that_is_built_again_in_place_loses_its_symbols_and_nothing_else(tmp_path: Path) -> None:
    binary = tmp_path / "service"
    binary.write_bytes(build("symbols", "1.27", "stripped").read_bytes())
    symbols = Symbolizer(binary)
    table = symbols.binary.table
    main, other = (table.entry(i) for i in table.find(["main.main", "main.record"]).values())
    known = symbols.frames(main + 1)
    os.truncate(binary, 0)
    assert symbols.frames(main + 1) == known
    assert all(isinstance(f, LogicalFrame) for f in symbols.frames(other + 1))
    symbols.close()
    assert symbols.frames(main + 1) == known
    assert all(isinstance(f, LogicalFrame) for i in range(table.nfunc) for f in symbols.frames(table.entry(i) + 2))


class OnlyReads:
    """A source without a file descriptor, as the viewer has it that reads the executable through the agent."""

    def __init__(self, file: Any) -> None:
        self.seek, self.read, self.tell = file.seek, file.read, file.tell

    def __enter__(self) -> "OnlyReads":
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_pcs_that_are_not_go_code() -> None:
    symbols = Symbolizer(build("symbols", "1.26"))
    for pc in (0, 1, symbols.binary.table.etext, 1 << 47, 1 << 64, -5):
        assert symbols.frames(pc) == (LogicalFrame(f"?{pc:#x}", "", 0, False),)
        assert symbols.function_at(pc) == LogicalFrame(f"?{pc:#x}", "", 0, False)


def test_a_function_whose_name_is_gone_is_called_by_its_address(tmp_path: Path) -> None:
    binary = build("symbols", "1.26")
    table = Symbolizer(binary).binary.table
    (main,) = (table.entry(i) for i in table.find(["main.main"]).values())
    damaged = tmp_path / "service"
    damaged.write_bytes(binary.read_bytes().replace(b"\0main.main\0", b"\0" * len("main.main") + b"\0\0"))
    symbols = Symbolizer(damaged)
    assert symbols.function_at(main).function == f"?{main:#x}"
    assert [frame.function for frame in symbols.frames(main)] == [f"?{main:#x}"]


def test_c_functions_have_the_name_of_their_symbol() -> None:
    symbols = Symbolizer(build("cgo", "1.26", "cgo", "-ldflags=-linkmode=external"))
    nm = go_tool("1.26", "tool", "nm", str(symbols.binary.path)).splitlines()
    [address] = [int(line.split()[0], 16) for line in nm if line.endswith(" gotop_c_function")]
    assert symbols.frames(address + 4) == (LogicalFrame("gotop_c_function", "", 0, False),)


def test_every_pc_of_a_binary_has_a_frame() -> None:
    symbols = Symbolizer(build("symbols", "1.27", "stripped"))
    table = symbols.binary.table
    for index in range(table.nfunc):
        pc = table.entry(index) + max(1, table.size(index) // 2)
        assert all(f.function and isinstance(f.line, int) for f in symbols.frames(pc))


def test_toolchains_cover_the_pinned_versions() -> None:
    assert set(toolchains.PINNED) <= {v for v in VERSIONS if isinstance(v, str)}


def test_names_are_printed_as_the_runtime_does() -> None:
    assert printed_name("main.f") == "main.f"
    assert printed_name("main.f[go.shape.[4]int,string].func1") == "main.f[...].func1"
    assert printed_name("main.(*T[int]).m") == "main.(*T[...]).m"
    assert printed_name("main.f[") == "main.f["
