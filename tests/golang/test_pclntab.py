"""The function table against `go tool nm`."""

import pytest

from gotop.golang.binary import GoBinary
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
