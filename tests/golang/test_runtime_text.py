"""Where the runtime's code is: the same as what call sites are found by."""

import pytest

from gotop.golang.binary import GoBinary
from gotop.golang.runtime_text import RUNTIME_PACKAGES, RUNTIME_TREES, runtime_text
from gotop.model.symbols.call_site import HELPER_TREES, HELPERS, in_runtime
from gotop.model.values import Frame
from tests import toolchains


def test_packages_are_those_of_call_sites() -> None:
    assert set(RUNTIME_PACKAGES) == HELPERS
    assert RUNTIME_TREES == HELPER_TREES


@pytest.mark.parametrize("service", ["httpjson", "exact"])
@pytest.mark.parametrize("version", toolchains.PINNED)
def test_what_is_inside_is_what_call_sites_leave_out(version: str, service: str) -> None:
    with GoBinary.open(toolchains.build(service, version)) as binary:
        table = binary.table
        ranges = runtime_text(table)
        assert 3 < len(ranges) < 255
        assert list(ranges) == sorted(ranges)
        differing = []
        for index in range(table.nfunc):
            entry, name = table.entry(index), table.name(index)
            inside = any(start <= entry < start + size for start, size in ranges)
            func = table.func(index)
            file = table.value_at(func.pcfile, func, entry)
            path = table.file(func.cu_offset + file) if file >= 0 else "?"
            if "." not in name or name == "time.now" or name.startswith(("type:", "go:")):
                continue  # assembly, and what the compiler made: none of it allocates
            if inside != in_runtime(Frame(name, path, 1, False)):
                differing.append((name, path, inside))
        assert not differing
