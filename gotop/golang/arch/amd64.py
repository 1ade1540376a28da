"""The instruction to be replaced: the 6-byte `jbe rel32` behind a function's stack check.

The compiler opens every function that may grow its stack with one of three checks (cmd/internal/obj/x86.stacksplit);
the limit is `0x10(R14)`, g.stackguard0, or `0x18(R14)`, g.stackguard1, in functions that run on the system stack:

    cmp rsp, [r14+0x10]          lea r12, [rsp-x]             mov r12, rsp
    jbe morestack                cmp r12, [r14+0x10]          sub r12, x
                                 jbe morestack                jb  morestack
                                                              cmp r12, [r14+0x10]
                                                              jbe morestack

It is one instruction, so no thread can have its PC inside of it, and the check behind it has passed, so running into
morestack and starting again cannot count twice.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import capstone

JBE_SIZE = 6
_JBE = b"\x0f\x86"
_WINDOW = 64  # bytes of code that hold any of the three checks


@dataclass(frozen=True, slots=True)
class HookPoint:
    """Link-time address of a `jbe rel32` and its bytes."""

    address: int
    code: bytes


@cache
def disassembler() -> Any:
    """The one capstone handle, without operand details."""
    return capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)


def hook_point(code: bytes, entry: int, size: int) -> HookPoint | None:
    """The hook point of the function at `entry` with these first bytes of code, None if it opens without a check."""
    shape: list[str] = []
    decoder = disassembler().disasm_lite(code[: min(size, _WINDOW)], entry)
    for address, length, mnemonic, operands in decoder:
        step = _step(mnemonic, operands)
        if step == "jbe" and shape in (["cmp rsp"], ["r12", "cmp r12"], ["r12", "sub", "jb", "cmp r12"]):
            found = code[address - entry : address - entry + length]
            return HookPoint(address, found) if length == JBE_SIZE and found.startswith(_JBE) else None
        if not step or len(shape) == 4:
            return None
        shape.append(step)
    return None


def _step(mnemonic: str, operands: str) -> str:
    """The part an instruction can play in a stack check, "" for any other."""
    target, _, source = operands.partition(", ")
    guard = source.endswith(("[r14 + 0x10]", "[r14 + 0x18]"))
    if mnemonic == "cmp" and guard and target in ("rsp", "r12"):
        return f"cmp {target}"
    if (mnemonic == "lea" and target == "r12" and source.startswith("[rsp")) or (mnemonic, operands) == (
        "mov",
        "r12, rsp",
    ):
        return "r12"
    if mnemonic == "sub" and target == "r12":
        return "sub"
    return mnemonic if mnemonic in ("jb", "jbe") else ""
