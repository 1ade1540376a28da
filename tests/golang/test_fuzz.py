"""Every reader of binaries on damaged ones: an answer or a refusal for people comes out, soon, in little memory."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gotop.golang import errors
from gotop.golang.binary import GoBinary
from gotop.golang.buildinfo import BuildInfo, build_id, read_build_info
from gotop.golang.dwarf import NoDWARF, layout_from_dwarf
from gotop.golang.elf import ElfImage
from gotop.golang.identify import go_version_of
from gotop.golang.inspect import inspect
from gotop.golang.plan import plan_of
from gotop.golang.symbols import Symbolizer
from tests.fuzzing import bounded, fuzz
from tests.golang.mutations import Binary, applied, damaged, edits, whole
from tests.golang.programs import with_version

PACKED: Binary = ("1.26", "plain", ())
UNPACKED: Binary = ("1.26", "plain", ("-ldflags=-compressdwarf=false",))


def refusal(error: errors.BinaryError) -> None:
    """A refusal is one sentence or two, and names the file."""
    said = str(error)
    assert error.path in said and len(said) < 1000 and "\n" not in said


@fuzz(120, 3000)
@given(damaged())
def test_plans(data: bytes) -> None:
    with bounded():
        try:
            plan = plan_of(GoBinary(ElfImage(BytesIO(data), "service")))
        except errors.BinaryError as error:
            refusal(error)
            return
    document = json.loads(plan.to_json())
    low, high = document["text"]
    for hook in document["hooks"]:
        assert low <= hook["entry"] <= hook["at"] <= hook["entry"] + hook["size"] - 6 <= high
        assert hook["expect"].startswith("0f86") and len(hook["expect"]) == 12


@fuzz(60, 1500)
@given(damaged())
def test_inspection(data: bytes) -> None:
    with written(data) as path, bounded():
        try:
            shown = inspect(path)
        except errors.BinaryError as error:
            refusal(error)
        else:
            assert shown.plan or shown.refusal


@fuzz(60, 1500)
@given(damaged(), st.data())
def test_symbols(data: bytes, drawn: st.DataObject) -> None:
    """Opening may be refused, a question never, whatever it is about."""
    with bounded():
        try:
            symbols = Symbolizer(BytesIO(data))
        except errors.BinaryError as error:
            refusal(error)
            return
        table = symbols.binary.table
        anything = st.one_of(st.integers(0, (1 << 64) - 1), st.integers(table.text - 16, table.etext + 16))
        asked = drawn.draw(st.lists(anything, max_size=20))
        step = 1 + table.nfunc // 100
        for pc in [*asked, *(table.text + (table.etext - table.text) * n // 50 for n in range(52))]:
            assert symbols.function_at(pc).function
            for frame in (*symbols.frames(pc), *(f for frames in symbols.stack([pc, pc]) for f in frames)):
                assert frame.line >= 0
        for index in range(0, min(table.nfunc, 100 * step), step):
            with contextlib.suppress(IndexError):  # the table itself may say so, the symbolizer not
                symbols.frames(table.entry(index) + 3)
        for address in [*asked, *range(table.module - 4096, table.module, 64)]:
            assert isinstance(symbols.type_name(address), str)


@fuzz(150, 4000)
@given(damaged())
def test_build_information(data: bytes) -> None:
    with bounded():
        with written(data) as path:
            assert isinstance(go_version_of(path), str | None)
        try:
            image = ElfImage(BytesIO(data), "service")
        except errors.BinaryError as error:
            refusal(error)
            return
        assert isinstance(read_build_info(image), BuildInfo)
        assert isinstance(build_id(image), str)


@fuzz(20, 400)
@given(st.sampled_from([PACKED, UNPACKED]), st.data())
def test_dwarf(binary: Binary, drawn: st.DataObject) -> None:
    changes = drawn.draw(edits(binary, only=(".debug", "sections")))
    with bounded():
        try:
            layout = layout_from_dwarf(BytesIO(applied(whole(binary), changes)))
        except NoDWARF:
            return
    assert all(type(value) is int and 0 <= value < 1 << 40 for value in layout.values())


@fuzz(8, 200)
@given(edits(UNPACKED))
def test_plans_of_an_unknown_version(changes: list[tuple[int, bytes]]) -> None:
    """The layout then comes from DWARF, which may be damaged as well."""
    data = applied(with_version(whole(UNPACKED), b"go1.99.0"), changes)
    with bounded():
        try:
            plan = plan_of(GoBinary(ElfImage(BytesIO(data), "service")))
        except errors.BinaryError as error:
            refusal(error)
        else:
            assert json.loads(plan.to_json())


@contextlib.contextmanager
def written(data: bytes) -> Iterator[Path]:
    """A file with these bytes."""
    file, name = tempfile.mkstemp(prefix="gotop-fuzz-")
    try:
        os.write(file, data)
        yield Path(name)
    finally:
        os.close(file)
        os.unlink(name)  # noqa: PTH108
