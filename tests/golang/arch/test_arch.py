"""Which architectures there are, and that each brings all that the readers ask for."""

from importlib import resources

import pytest

from gotop.golang.arch import SUPPORTED_NAMES, arch_of, is_supported, machine_name
from gotop.golang.layouts import known_minors

AMD64, ARM64, NONE = 62, 183, 0


def test_a_known_machine_has_an_architecture_with_layouts() -> None:
    arch = arch_of(AMD64)
    assert arch is not None and arch.name == machine_name(AMD64) == "amd64"
    assert known_minors(arch.name)[0] == 21


def test_every_supported_name_has_its_module_and_its_layouts() -> None:
    for name in SUPPORTED_NAMES:
        assert (resources.files("gotop.golang.arch") / f"{name}.py").is_file()
        assert known_minors(name)


@pytest.mark.parametrize(("machine", "name"), [(ARM64, "arm64"), (NONE, "machine 0")])
def test_any_other_machine_is_named_and_not_supported(machine: int, name: str) -> None:
    assert arch_of(machine) is None and not is_supported(machine)
    assert machine_name(machine) == name
