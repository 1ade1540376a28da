"""What the plan says of callbacks from C, against `go tool nm` and DWARF's call frame information."""

from pathlib import Path

import pytest
from elftools.dwarf.callframe import FDE
from elftools.elf.elffile import ELFFile

from gotop.golang.plan import make_plan
from tests import toolchains
from tests.golang.programs import VERSIONS
from tests.golang.test_plan import nm

RETURN_ADDRESS = 8


@pytest.mark.parametrize("variant", ["cgo", "cgo-pie"])
@pytest.mark.parametrize("version", VERSIONS)
def test_callbacks_equal_nm_and_dwarf(version: str, variant: str) -> None:
    binary = toolchains.build("cgocallers", version, variant)
    callback, symbols = make_plan(binary).callback, nm(version, binary)
    assert callback is not None
    for name, (entry, size) in ("cgocallback", callback.callback), ("systemstack_switch", callback.switch):
        # `go tool nm` gives assembly functions both calling conventions' names.
        address, length = next(symbols[n] for n in (f"runtime.{name}.abi0", f"runtime.{name}") if n in symbols)
        assert entry == address
        assert length <= size < length + 64
    cgocallbackg_frame = RETURN_ADDRESS + 8  # its return address, and the frame pointer it saves
    assert callback.to_pc == cgocallbackg_frame + frame_size(binary, callback.callback[0])
    assert callback.to_frame == frame_size(binary, callback.switch[0])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_stripped_program_says_the_same(version: str) -> None:
    stripped = toolchains.build("cgocallers", version, "cgo", "-ldflags=-s -w")
    assert make_plan(stripped).callback == make_plan(toolchains.build("cgocallers", version, "cgo")).callback


def test_without_c_there_are_none() -> None:
    assert make_plan(toolchains.build("callers", "1.26")).callback is None


def frame_size(binary: Path, function: int) -> int:
    """Bytes of a function's frame below its return address, where it is largest."""
    with binary.open("rb") as file:
        dwarf = ELFFile(file).get_dwarf_info()
        (entry,) = (e for e in dwarf.CFI_entries() if isinstance(e, FDE) and e.header["initial_location"] == function)
        return int(max(row["cfa"].offset for row in entry.get_decoded().table)) - RETURN_ADDRESS
