"""What a processor architecture decides about a Go binary: one `Arch` each, in a module of Go's name for it.

`ElfImage.arch` is that of the file at hand. Nothing outside of this package names an instruction, a relocation or the
shape of a frame. A new architecture is a module beside `amd64.py` with an `ARCH`, its number and module in
`_SUPPORTED`, and its layouts (`tools/make_layouts.py --arch`); hookagent has to know it, too.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


Addresses: TypeAlias = "npt.NDArray[np.int64]"
CallsTo: TypeAlias = "Callable[[bytes, int, Addresses], tuple[Addresses, Addresses, Addresses]]"


@dataclass(frozen=True, slots=True)
class PatchPoint:
    """The instruction that a hook replaces: its link-time address and its bytes."""

    address: int
    code: bytes


@dataclass(frozen=True, slots=True)
class VariableRule:
    """The `nth` reference by `mnemonic` to a variable, in runtime function `function`, is to `field` of `variable`.

    Names are without `runtime.`; `field` is a key of the layout, "" for the variable itself. Where `of` is given, the
    rule applies only if there are just that many references: then code of another shape, such as `-N -l` makes,
    answers nothing rather than something else.
    """

    variable: str
    function: str
    mnemonic: str
    nth: int
    field: str = ""
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Arch:
    """What the readers in `gotop.golang` need to know of an architecture, which is little-endian and has 64 bits.

    Attributes:
        name: Go's name for it, as in GOARCH, in hook plans and in `gotop.golang.layouts`.
        pc_quantum: bytes of the shortest instruction, and the unit of code sizes in PC tables (pcHeader.minLC).
        relative_relocation: the ELF relocation type that adds the load bias to an addend (R_*_RELATIVE).
        find_patch_point: from a function's first bytes and its address to the instruction that a hook can replace
            safely; None if it does not open with the usual stack check.
        data_references: from code and its address to each reference to data, in order: the mnemonic and the address.
        direct_calls: from code and its address to each call of a function by address: where it returns to, and that
            address.
        variable_rules: which of those references say where the runtime's variables are.
        callback_distances: from the frame sizes of runtime.cgocallback and runtime.systemstack_switch to the distances
            of `gotop.golang.cgo_callbacks.Callback`, both in bytes; None if the frames hold no frame pointer.
        calls_to: from code, its address and ascending addresses of functions to each direct call of one of them: where
            the call is, where it returns to, and the place of its function among those; None: not written yet.
    """

    name: str
    pc_quantum: int
    relative_relocation: int
    find_patch_point: Callable[[bytes, int], PatchPoint | None]
    data_references: Callable[[bytes, int], Iterator[tuple[str, int]]]
    direct_calls: Callable[[bytes, int], Iterator[tuple[int, int]]]
    variable_rules: tuple[VariableRule, ...]
    callback_distances: Callable[[int, int], tuple[int, int] | None]
    calls_to: CallsTo | None = None


_SUPPORTED = {62: "amd64"}
"""By ELF's e_machine: the architectures whose programs gotop can hook, each a module of this package."""

_NAMES = {
    **_SUPPORTED,
    3: "386", 8: "mips", 21: "ppc64", 22: "s390x", 40: "arm", 183: "arm64", 243: "riscv64", 258: "loong64",
}  # fmt: skip

SUPPORTED_NAMES = tuple(_SUPPORTED.values())


@cache
def arch_of(machine: int) -> Arch | None:
    """Return the architecture with this e_machine; None if gotop does not know it."""
    name = _SUPPORTED.get(machine)
    return None if name is None else cast(Arch, importlib.import_module(f"{__name__}.{name}").ARCH)


def is_supported(machine: int) -> bool:
    """Whether there is an `arch_of` this e_machine; loads nothing."""
    return machine in _SUPPORTED


def machine_name(machine: int) -> str:
    """Return Go's name for an e_machine, for people."""
    return _NAMES.get(machine, f"machine {machine}")
