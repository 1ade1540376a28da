"""Offsets out of a binary's own DWARF."""

from __future__ import annotations

from io import BytesIO

import pytest

from gotop.golang.dwarf import STRUCTS, NoDWARF, layout_from_dwarf
from tests.golang.programs import build


def test_structures_have_sizes_and_fields_arrays_lengths() -> None:
    with build("symbols", "1.26").open("rb") as source:
        layout = layout_from_dwarf(source)
    assert {f"sizeof.{name}" for name in ("g", "m", "p", "mspan")} < layout.keys()
    assert layout["len.mcache.alloc"] == 136 and layout["stride.mcache.alloc"] == 8
    assert layout["g.stack.lo"] == 0 and layout["g.stack.hi"] == 8, "fields of inner structures too"
    assert {key.removeprefix("sizeof.") for key in layout if key.startswith("sizeof.")} <= set(STRUCTS)


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"hello" * 100])
def test_what_has_none_says_so(data: bytes) -> None:
    with pytest.raises(NoDWARF):
        layout_from_dwarf(BytesIO(data))
    with build("symbols", "1.26", "stripped").open("rb") as source, pytest.raises(NoDWARF):
        layout_from_dwarf(source)
