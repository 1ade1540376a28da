"""The runtime's variables as its own code tells them, against the symbol table."""

from __future__ import annotations

import pytest

from gotop.golang.binary import GoBinary
from gotop.golang.plan import make_plan
from gotop.golang.symtab import ElfSymbolTable
from gotop.golang.variables import PROFILE_VARIABLES, VARIABLES, recover_variables
from tests import toolchains
from tests.golang.programs import VERSIONS, build


@pytest.mark.parametrize("program", ["hello", "symbols"])
@pytest.mark.parametrize("variant", toolchains.VARIANTS)
@pytest.mark.parametrize("version", VERSIONS)
def test_variables_from_code_equal_the_symbol_table(version: str, variant: str, program: str) -> None:
    """Every variant is recovered from code, stripped or not, and compared with the symbol table where there is one."""
    binary = GoBinary.open(build(program, version, variant))
    recovered = recover_variables(binary)
    assert recovered.keys() == {*VARIABLES, *PROFILE_VARIABLES}
    known = ElfSymbolTable(binary.image).find(recovered)
    assert bool(known) == ("stripped" not in variant)
    assert all(recovered[name] == symbol.address for name, symbol in known.items())


@pytest.mark.slow
@pytest.mark.parametrize("flags", ["-gcflags=all=-N -l", "-race", "-cover", "-ldflags=-linkmode=external"])
@pytest.mark.parametrize("version", VERSIONS)
def test_variables_from_unusual_code_are_right_or_missing(version: str, flags: str) -> None:
    binary = GoBinary.open(build("hello", version, "cgo", flags))
    recovered = recover_variables(binary)
    known = ElfSymbolTable(binary.image).find(recovered)
    assert len(recovered) >= len(VARIABLES) - (2 if "-N" in flags else 0)
    assert all(known[name].address == address for name, address in recovered.items())
    assert make_plan(binary.path).partial == ()
