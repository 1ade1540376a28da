"""The function table against `go tool nm`, the stored layouts against DWARF, PC tables against their definition."""

import contextlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotop.golang.binary import GoBinary
from gotop.golang.buildinfo import BuildInfo, Module, parse_module_text
from gotop.golang.dwarf import layout_from_dwarf
from gotop.golang.elf import FileBytes
from gotop.golang.layouts import layout_of
from gotop.golang.pcvalue import PcValues, value_in
from gotop.golang.symbols import printed_name
from tests.golang.programs import VERSIONS, build, go_tool


@pytest.mark.parametrize("variant", ["plain", "pie", "cgo"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_function_is_where_nm_says(version: str, variant: str) -> None:
    binary = build("symbols", version, variant)
    told: dict[str, set[int]] = {}
    for line in go_tool(version, "tool", "nm", str(binary)).splitlines():
        address, kind, name = line.split(None, 2) if line[:8].strip() else ("0", "U", "")
        if kind in "tT":
            told.setdefault(name.removesuffix(".abi0"), set()).add(int(address, 16))
    table = GoBinary.open(binary).table
    wrong = []
    for index in range(table.nfunc):
        name = table.name(index).replace("·", ".")  # as the linker writes it into the symbol table
        if table.entry(index) not in told.get(name, ()):
            wrong.append(name)
        assert table.index_at(table.entry(index)) == index
    # The linker's own marks have entries in the function table and no name of their own in the symbol table.
    assert all(
        name.startswith(("go:", "_", "x_cgo", "crosscall", "runtime.text", "runtime.etext")) for name in wrong
    ), wrong


@pytest.mark.parametrize("version", VERSIONS)
def test_functions_are_found_by_name(version: str) -> None:
    table = GoBinary.open(build("symbols", version, "stripped")).table
    names: dict[str, int] = {}
    for index in range(table.nfunc):  # of two with the same name, one is a wrapper for the other calling convention
        other = names.setdefault(table.name(index), index)
        if table.func(index).func_id < table.func(other).func_id:
            names[table.name(index)] = index
    assert table.find([*names, "main.no such function"]) == names
    prefix = "runtime.malloc"
    assert table.find_prefix(prefix) == {n: i for n, i in names.items() if n.startswith(prefix)}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_stored_layout_is_that_of_the_toolchains_dwarf(version: str) -> None:
    binary = build("hello", version)
    stored = layout_of(int(version.split(".")[1]))
    assert stored is not None
    with binary.open("rb") as file:
        assert layout_from_dwarf(file) == stored.offsets


def encoded(steps: list[tuple[int, int]]) -> bytes:
    """A PC table as cmd/internal/obj writes it: value deltas and lengths as varints, from value -1."""
    data, last = bytearray(), -1
    for value, length in steps:
        delta = value - last
        last = value
        for number in ((delta << 1) ^ (delta >> 31), length):
            while number > 0x7F:
                data.append(number & 0x7F | 0x80)
                number >>= 7
            data.append(number)
    return bytes(data) + b"\0"


@given(st.lists(st.tuples(st.integers(-1, 1 << 24), st.integers(1, 1 << 20)), min_size=1, max_size=30), st.data())
def test_pc_tables_are_read_as_written(steps: list[tuple[int, int]], data: st.DataObject) -> None:
    merged = [s for i, s in enumerate(steps) if i == 0 or s[0] != steps[i - 1][0]]  # equal neighbours are one step
    target = data.draw(st.integers(0, sum(n for _, n in merged) + 3))
    wanted, end = -1, 0
    for value, length in merged:
        if end <= target < end + length:
            wanted = value
        end += length
    assert value_in(encoded(merged), target) == wanted
    assert PcValues(encoded(merged)).at(target) == wanted


@given(st.binary(max_size=200), st.integers(0, 1 << 20))
def test_any_bytes_are_a_value_or_too_short(data: bytes, target: int) -> None:
    with contextlib.suppress(IndexError):
        assert isinstance(value_in(data, target), int)
        assert PcValues(data).at(target) == value_in(data, target)


def test_module_text() -> None:
    text = (
        "path\texample.com/a\nmod\texample.com/a\tv1.2.3\th1:x=\ndep\tb\tv1\t\n=>\tc\tv2\th1:y=\ndep\td\tv3\th1:z=\n"
        "build\t-ldflags=\"-X 'a.b=c d'\"\nbuild\tCGO_ENABLED=1\n"
    )
    info = parse_module_text("go1.26.8", text)
    assert (info.path, info.main) == ("example.com/a", Module("example.com/a", "v1.2.3", "h1:x="))
    assert info.deps == (Module("b", "v1", "", Module("c", "v2", "h1:y=")), Module("d", "v3", "h1:z="))
    assert info.setting("-ldflags") == "-X 'a.b=c d'"
    assert info.setting("CGO_ENABLED") == "1"


@pytest.mark.parametrize(
    ("version", "minor", "experiments"),
    [
        ("go1.26.8", 26, ()),
        ("go1.27rc1", 27, ()),
        ("go1.26.6-X:sizespecializedmalloc", 26, ("sizespecializedmalloc",)),
        ("go1.26.6 X:a,nob", 26, ("a", "nob")),
        ("devel go1.28-0123abcdef Tue Jan 6 10:00:00 2026 +0000", 28, ()),
        ("go1.25.1-custom", 25, ()),
        ("unknown", None, ()),
        ("", None, ()),
    ],
)
def test_versions(version: str, minor: int | None, experiments: tuple[str, ...]) -> None:
    info = BuildInfo(version)
    assert (info.minor, info.experiments) == (minor, experiments)


def test_names_are_printed_as_the_runtime_does() -> None:
    assert printed_name("main.f") == "main.f"
    assert printed_name("main.f[go.shape.[4]int,string].func1") == "main.f[...].func1"
    assert printed_name("main.(*T[int]).m") == "main.(*T[...]).m"
    assert printed_name("main.f[") == "main.f["


@given(st.binary(min_size=1, max_size=300), st.data())
def test_bytes_are_found_across_blocks(data: bytes, drawn: st.DataObject) -> None:
    start = drawn.draw(st.integers(0, len(data)))
    end = drawn.draw(st.integers(start, len(data)))
    pattern = drawn.draw(st.one_of(st.binary(min_size=1, max_size=4), st.just(data[start:end][:5] or b"x")))
    small = FileBytes(BytesIO(data), block=7)
    assert small.find(pattern, start, end) == data.find(pattern, start, end)
    assert small.read(start, end - start) == data[start:end]
