"""Which functions a function was inlined into, against what every PC tells."""

from __future__ import annotations

import pytest

from gotop.golang.inlining import inlining_hosts
from gotop.golang.symbols import Symbolizer
from tests.golang.programs import VERSIONS, build


@pytest.mark.parametrize("version", VERSIONS)
def test_hosts_of_an_inlined_function_are_those_that_every_pc_tells(version: str) -> None:
    path = build("symbols", version, "stripped")
    symbols, found = Symbolizer(path), set()
    table = symbols.binary.table
    for index in range(table.nfunc):
        name = table.name(index)
        pcs = range(table.entry(index) + 1, table.entry(index) + table.size(index)) if name.startswith("main.") else ()
        if any(f.inlined and f.function == "main.inlined1" for pc in pcs for f in symbols.frames(pc)):
            found.add(name)
    hosts = inlining_hosts(symbols.binary, ["runtime.mallocgc", "main.inlined1", "main.nilDereference"])
    assert {name: set(h) for name, h in hosts.items()} == {"main.inlined1": found}
    assert len(found) > 3
