"""Where the function table and the module data are, with and without section headers."""

from __future__ import annotations

import pytest

from gotop.golang.binary import GoBinary
from gotop.golang.elf import ElfImage
from gotop.golang.moduledata import locate_tables
from gotop.golang.symtab import ElfSymbolTable
from tests.golang.programs import VERSIONS, build


@pytest.mark.parametrize("variant", ["plain", "pie"])
@pytest.mark.parametrize("version", VERSIONS)
def test_they_are_where_the_symbol_table_says(version: str, variant: str) -> None:
    with GoBinary.open(build("symbols", version, variant)) as opened:
        symbols = ElfSymbolTable(opened.image).find(("runtime.pclntab", "runtime.firstmoduledata"))
        found = locate_tables(opened.image)
    assert found == (symbols["runtime.pclntab"].address, symbols["runtime.firstmoduledata"].address)


def test_sections_are_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    path = build("symbols", "1.26", "plain")
    with GoBinary.open(path) as opened:
        wanted = locate_tables(opened.image)
    image = ElfImage.open(path)
    monkeypatch.setattr(image, "sections", {})
    assert locate_tables(image) == wanted
    image.close()
