"""What cannot be hooked is refused with a message for people, whatever the file is made of."""

import random
import struct
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gotop.golang import errors
from gotop.golang.binary import GoBinary
from gotop.golang.buildinfo import BuildInfo
from gotop.golang.dwarf import layout_from_dwarf
from gotop.golang.elf import ElfImage
from gotop.golang.layouts import layout_of
from gotop.golang.plan import make_plan, plan_of
from gotop.golang.symbols import Symbolizer
from tests.golang.programs import build, with_version

HELLO = b"#!/bin/sh\necho hello\n"


@cache
def whole(variant: str, version: str = "1.27") -> bytes:
    return build("symbols", version, variant).read_bytes()


def plan_from(data: bytes) -> object:
    return plan_of(GoBinary(ElfImage(BytesIO(data), "service")))


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new) and old in data
    return data.replace(old, new)


def field(data: bytes, offset: int, form: str, value: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(form, changed, offset, value)
    return bytes(changed)


@pytest.mark.parametrize(
    ("content", "kind", "says"),
    [
        (b"", errors.NotELF, "empty"),
        (HELLO, errors.NotELF, "script"),
        (b"MZ" + bytes(100), errors.NotELF, "Windows"),
        (b"\xcf\xfa\xed\xfe" + bytes(100), errors.NotELF, "macOS"),
        (b"hello", errors.NotELF, "not an ELF"),
        (b"\x7fELF", errors.Malformed, "cut off"),
        (b"\x7fELF" + bytes(200), errors.WrongArch, "machine 0"),
    ],
)
def test_other_files(tmp_path: Path, content: bytes, kind: type[errors.BinaryError], says: str) -> None:
    path = tmp_path / "service"
    path.write_bytes(content)
    with pytest.raises(kind) as caught:
        make_plan(path)
    assert says in str(caught.value) and str(path) in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(errors.CannotRead, match="no such file"):
        make_plan(tmp_path / "service")
    with pytest.raises(errors.CannotRead, match="is a directory"):
        make_plan(tmp_path)


def test_another_program() -> None:
    with pytest.raises(errors.NotGo, match="no Go function table"):
        make_plan("/bin/true")


@pytest.mark.parametrize(("goos", "goarch", "says"), [("linux", "arm64", "arm64"), ("freebsd", "amd64", "FreeBSD")])
def test_another_platform(goos: str, goarch: str, says: str) -> None:
    with pytest.raises(errors.WrongArch, match=says):
        make_plan(build("hello", "1.26", "plain", GOOS=goos, GOARCH=goarch))


@pytest.mark.parametrize(("goos", "says"), [("windows", "Windows"), ("darwin", "macOS")])
def test_another_file_format(goos: str, says: str) -> None:
    with pytest.raises(errors.NotELF, match=says):
        make_plan(build("hello", "1.26", "plain", GOOS=goos))


def test_another_word_size() -> None:
    with pytest.raises(errors.WrongArch, match="386"):
        make_plan(build("hello", "1.26", "plain", GOARCH="386"))


def test_an_object_file() -> None:
    with pytest.raises(errors.NotELF, match="object file"):
        plan_from(field(field(whole("plain"), 16, "<H", 1), 56, "<H", 0))


def test_a_version_without_a_layout_is_read_from_its_dwarf() -> None:
    data = whole("plain")
    derived = plan_of(GoBinary(ElfImage(BytesIO(with_version(data, b"go1.99.9")), "service")))
    known = plan_of(GoBinary(ElfImage(BytesIO(data), "service")))
    assert (derived.go_version, derived.layout, derived.hooks) == ("go1.99.9", known.layout, known.hooks)
    assert derived.size_classes == known.size_classes
    (said,) = set(derived.partial) - set(known.partial)
    assert said.startswith("go1.99.9 is not one that gotop has been tried with") and "gotop knows Go 1.21" in said


@pytest.mark.parametrize("version", [b"go1.99.9", b"devel go", b"unknown_"])
def test_a_version_without_a_layout_and_without_dwarf_is_refused(version: bytes) -> None:
    with pytest.raises(errors.UnknownGoVersion, match="without -s and -w"):
        plan_from(with_version(whole("stripped"), version))


def test_a_version_that_is_none_is_not_shown() -> None:
    """Found by fuzzing: megabytes of code, terminal controls included, in a message for people."""
    with pytest.raises(errors.UnknownGoVersion, match="a Go version it does not name"):
        plan_from(with_version(whole("stripped"), b"\x1b[2J\n1.2"))


def test_experiments_that_move_fields() -> None:
    layout = layout_of(27)
    assert layout is not None
    assert BuildInfo("go1.27.3 X:nogreenteagc,simd").experiments == ("nogreenteagc", "simd")
    assert layout.with_experiments(("simd",)) == layout.offsets
    moved = layout.with_experiments(("nogreenteagc", "simd"))
    assert moved is not None and moved["sizeof.p"] != layout.offsets["sizeof.p"]
    assert layout.with_experiments(("nogreenteagc", "staticlockranking")) not in (None, moved, layout.offsets)
    assert layout.with_experiments(("simd", "newthing")) is None
    assert layout.with_experiments(("something",)) is None


@pytest.mark.slow
@pytest.mark.parametrize("experiment", ["nogreenteagc", "staticlockranking", "runtimesecret"])
def test_the_layout_of_an_experiment_is_that_of_its_dwarf(experiment: str) -> None:
    binary = build("hello", "1.27", "plain", GOEXPERIMENT=experiment)
    with binary.open("rb") as file:
        dwarf = layout_from_dwarf(file)
    plan = make_plan(binary)
    assert {k: v for k, v in plan.layout.items() if k in dwarf} == dwarf
    assert ("twice" in "".join(plan.partial)) == (experiment == "runtimesecret")


def test_an_old_version_is_refused() -> None:
    with pytest.raises(errors.TooOld, match=r"go1\.20\.9"):
        plan_from(with_version(whole("stripped"), b"go1.20.9"))


@pytest.mark.parametrize("magic", ["f0ffffff00000108", "faffffff00000108", "fbffffff00000108"])
def test_an_old_function_table_is_refused(magic: str) -> None:
    data = changed(whole("stripped"), bytes.fromhex("f1ffffff00000108"), bytes.fromhex(magic))
    with pytest.raises(errors.TooOld, match=r"Go 1\."):
        plan_from(data)


def test_a_function_table_of_an_unknown_form_is_refused() -> None:
    data = changed(whole("stripped"), bytes.fromhex("f1ffffff00000108"), bytes.fromhex("f2ffffff00000108"))
    with pytest.raises(errors.UnknownGoVersion, match="newer Go, or obfuscated"):
        plan_from(data)


def test_an_allocator_with_another_prologue_is_refused() -> None:
    binary = GoBinary(ElfImage(BytesIO(whole("stripped")), "service"))
    entry = binary.table.entry(binary.table.find(["runtime.mallocgc"])["runtime.mallocgc"])
    segment = binary.image.segment_at(entry)
    assert segment is not None
    offset = entry - segment.address + segment.offset
    with pytest.raises(errors.Unhookable, match=r"runtime\.mallocgc"):
        plan_from(field(whole("stripped"), offset, "<Q", 0x9090909090909090))


def test_another_function_with_another_prologue_is_partial() -> None:
    binary = GoBinary(ElfImage(BytesIO(whole("stripped")), "service"))
    entry = binary.table.entry(binary.table.find(["runtime.malg"])["runtime.malg"])
    segment = binary.image.segment_at(entry)
    assert segment is not None
    offset = entry - segment.address + segment.offset
    plan = plan_of(GoBinary(ElfImage(BytesIO(field(whole("stripped"), offset, "<Q", 0x9090909090909090)), "service")))
    assert plan.partial == ("runtime.malg has an unusual prologue: new goroutine stacks are not counted.",)
    assert "malg" not in {h.kind for h in plan.hooks}


def test_every_truncation_is_refused() -> None:
    data = whole("stripped")
    sizes = [*range(0, 2000, 61), *random.Random(1).sample(range(2000, len(data) - 4096), 40)]
    for size in sizes:
        with pytest.raises(errors.BinaryError):
            plan_from(data[:size])


INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0xFFFFFFFF, 1 << 31, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)


@cache
def zones(variant: str) -> tuple[tuple[int, int], ...]:
    """File offsets of what the plan is made from: headers, function table, module data, build information."""
    image = ElfImage(BytesIO(whole(variant)), "service")
    table = GoBinary(image).table
    addresses = [
        (table.address, 128),
        (table.module, 400),
        (table.funcs, 4096),
        (table.pctab, 4096),
        (table.cutab, 512),
    ]
    addresses += [
        (table.func_address(i), 64) for i in table.find(["runtime.mallocgc", "runtime.malg", "main.main"]).values()
    ]
    found = [(0, 64), (64, 56 * 12)]
    for address, size in addresses:
        segment = image.segment_at(address)
        assert segment is not None
        found.append((address - segment.address + segment.offset, size))
    dynamic = image.sections.get(".dynamic")
    for section in (image.sections[".go.buildinfo"], *((dynamic,) if dynamic else ())):
        found.append((section.offset, section.size))
    tail = len(whole(variant)) - 4096
    return (*found, (tail, 4096))  # the section headers are last


@st.composite
def damage(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, int]]]:
    variant = draw(st.sampled_from(["stripped", "stripped-pie", "cgo"]))
    edits = []
    for _ in range(draw(st.integers(1, 4))):
        start, size = draw(st.sampled_from(zones(variant)))
        position = start + draw(st.integers(0, size - 8))
        width = draw(st.sampled_from([1, 2, 4, 8]))
        value = draw(st.one_of(st.sampled_from(INTERESTING), st.integers(0, (1 << 64) - 1)))
        edits.append((position, width, value & ((1 << 8 * width) - 1)))
    return variant, edits


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(damage())
def test_damaged_binaries_are_refused_or_read(case: tuple[str, list[tuple[int, int, int]]]) -> None:
    variant, edits = case
    data = bytearray(whole(variant))
    for position, width, value in edits:
        data[position : position + width] = value.to_bytes(width, "little")
    try:
        symbols = Symbolizer(BytesIO(data))
        plan_of(symbols.binary)
    except errors.BinaryError as e:
        assert str(e)
        return
    table = symbols.binary.table
    for index in range(0, table.nfunc, 1 + table.nfunc // 200):
        symbols.frames(table.entry(index) + 3)
        symbols.function_at(table.entry(index))
        symbols.type_name(table.module - 1000 + index * 8)
