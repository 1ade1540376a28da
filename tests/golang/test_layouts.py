"""The stored layouts against the DWARF of a program of that Go version."""

import pytest

from gotop.golang.dwarf import layout_from_dwarf
from gotop.golang.layouts import layout_of
from tests.golang.programs import VERSIONS, build


@pytest.mark.parametrize("version", VERSIONS)
def test_the_stored_layout_is_that_of_the_toolchains_dwarf(version: str) -> None:
    binary = build("hello", version)
    stored = layout_of(int(version.split(".")[1]))
    assert stored is not None
    with binary.open("rb") as file:
        assert layout_from_dwarf(file) == stored.offsets
