"""linux/amd64: stack checks, references relative to RIP, frames of assembly functions.

A hook replaces the 6-byte `jbe rel32` behind a function's stack check. The compiler opens every function that may grow
its stack with one of three checks (cmd/internal/obj/x86.stacksplit); the limit is `0x10(R14)`, g.stackguard0, or
`0x18(R14)`, g.stackguard1, in functions that run on the system stack:

    cmp rsp, [r14+0x10]          lea r12, [rsp-x]             mov r12, rsp
    jbe morestack                cmp r12, [r14+0x10]          sub r12, x
                                 jbe morestack                jb  morestack
                                                              cmp r12, [r14+0x10]
                                                              jbe morestack

It is one instruction, so no thread can have its PC inside of it, and the check behind it has passed, so running into
morestack and starting again cannot count twice.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import capstone

from gotop.golang.arch import Addresses, Arch, PatchPoint, VariableRule

_WORD = 8
_JBE_SIZE = 6
_JBE = b"\x0f\x86"
_CALL, _CALL_SIZE = 0xE8, 5
_WINDOW = 64  # bytes of code that hold any of the three checks
_RIP = re.compile(r"\[rip ([+-]) (0x[0-9a-f]+|\d+)\]")
_R_X86_64_RELATIVE = 8

_VARIABLE_RULES = (
    VariableRule("memstats", "newBucket", "lea", 0, "mstats.buckhash_sys"),
    VariableRule("memstats", "(*spanSetBlockAlloc).alloc", "lea", 0, "mstats.gcMiscSys"),
    VariableRule("memstats", "(*pollCache).alloc", "lea", 0, "mstats.other_sys"),
    VariableRule("mheap_", "spanOfHeap", "mov", 0, "mheap.arenas"),
    VariableRule("mheap_", "allocmcache.func1", "lea", 0, "mheap.lock"),
    VariableRule("mheap_", "(*pageAlloc).enableChunkHugePages", "lea", 0, "mheap.lock"),
    VariableRule("allp", "preemptall", "mov", 0),
    VariableRule("allp", "gcMarkTinyAllocs", "mov", 0),
    VariableRule("allp", "gcComputeStartingStackSize", "mov", 0),
    VariableRule("sched", "checkRunqsNoP", "lea", 0, "schedt.lock"),
    VariableRule("sched", "incidlelocked", "lea", 0, "schedt.lock"),
    VariableRule("sched", "GOMAXPROCS", "lea", 0, "schedt.lock"),
    VariableRule("allglen", "forEachGRace", "mov", 0, of=2),
    VariableRule("allgptr", "forEachGRace", "mov", 1, of=2),
    VariableRule("allgs", "forEachG", "mov", 0),
    VariableRule("allgs", "allgadd", "mov", 2),
    VariableRule("gcController", "sysAlloc", "lea", 0, "gcControllerState.mappedReady"),
    VariableRule("gcController", "sysFree", "lea", 0, "gcControllerState.mappedReady"),
    VariableRule("gcController", "(*gcControllerState).update", "lea", 0, "gcControllerState.heapLive"),
    VariableRule("work", "putempty", "lea", 0, "workType.empty"),
    VariableRule("work", "trygetfull", "lea", 0, "workType.full"),
    VariableRule("work", "gcWakeAllAssists", "lea", 0, "workType.assistQueue"),
    VariableRule("allm", "mexit", "lea", 2),
    VariableRule("gomaxprocs", "flushallmcaches", "movsxd", 0),
    VariableRule("gomaxprocs", "GOMAXPROCS", "movsxd", 0),
    VariableRule("gomaxprocs", "(*scavengerState).init.func4", "mov", 0, of=1),
    VariableRule("gomaxprocs", "schedtrace", "movsxd", 2),
    # The runtime's own heap profile.
    VariableRule("mbuckets", "mProf_FlushLocked", "mov", 0, of=1),
    VariableRule("mbuckets", "stkbucket", "lea", 5, of=10),
    VariableRule("MemProfileRate", "profilealloc", "mov", 1),
    VariableRule("mProfCycle", "mProf_Flush", "mov", 0, of=1),
    VariableRule("mProfCycle", "mProf_Free", "mov", 0, of=1),
    VariableRule("mProfCycle", "mProf_PostSweep", "mov", 0, of=1),
    VariableRule("profMemActiveLock", "mProf_Flush", "lea", 3, of=4),
    VariableRule("profMemActiveLock", "mProf_PostSweep", "lea", 0, of=3),
)


@cache
def _disassembler() -> Any:
    """Return the one capstone handle, without operand details."""
    return capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)


def find_patch_point(code: bytes, entry: int) -> PatchPoint | None:
    """Return the `jbe` of the function at `entry` with these first bytes of code, None if it opens without a stack
    check.
    """
    shape: list[str] = []
    for address, length, mnemonic, operands in _disassembler().disasm_lite(code[:_WINDOW], entry):
        step = _step(mnemonic, operands)
        if step == "jbe" and shape in (["cmp rsp"], ["r12", "cmp r12"], ["r12", "sub", "jb", "cmp r12"]):
            found = code[address - entry : address - entry + length]
            return PatchPoint(address, found) if length == _JBE_SIZE and found.startswith(_JBE) else None
        if not step or len(shape) == 4:
            return None
        shape.append(step)
    return None


def _step(mnemonic: str, operands: str) -> str:
    """Return the part that an instruction can play in a stack check, "" for any other."""
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


def data_references(code: bytes, entry: int) -> Iterator[tuple[str, int]]:
    """Yield mnemonic and target of every operand relative to RIP, in the order of the code."""
    for address, size, mnemonic, operands in _disassembler().disasm_lite(code, entry):
        found = _RIP.search(operands)
        if found:
            distance = int(found[2], 0)
            yield mnemonic, address + size + (distance if found[1] == "+" else -distance)


def direct_calls(code: bytes, entry: int) -> Iterator[tuple[int, int]]:
    """Yield return address and target of every `call rel32`, in the order of the code."""
    for address, size, mnemonic, operands in _disassembler().disasm_lite(code, entry):
        if mnemonic == "call" and operands.startswith("0x"):
            yield address + size, int(operands, 16)


def calls_to(code: bytes, address: int, targets: Addresses) -> tuple[Addresses, Addresses, Addresses]:
    """Return where `call rel32` stands whose target is one of `targets`, where each returns to, and its target's place.

    The code is searched as bytes: its instructions need not be taken apart.
    """
    import numpy as np  # no hook plan needs it

    text = np.frombuffer(code, np.uint8)
    places = np.flatnonzero(text[: max(0, len(text) - _CALL_SIZE + 1)] == _CALL)
    distances = np.zeros(len(places), np.uint32)
    for byte in range(4):
        distances |= text[places + 1 + byte].astype(np.uint32) << np.uint32(8 * byte)
    ends = places + _CALL_SIZE + address
    called = ends + distances.view(np.int32)
    found = np.searchsorted(targets, called)
    found[found == len(targets)] = 0
    hits = np.flatnonzero(targets[found] == called) if len(targets) else found[:0]
    return places[hits] + address, ends[hits], found[hits]


def callback_distances(callback_frame: int, switch_frame: int) -> tuple[int, int] | None:
    """Return two distances in bytes: over the frame pointer and the return address that cgocallback's callee saved,
    then over each frame.
    """
    if callback_frame < _WORD or switch_frame < _WORD:  # no frame, or one without a frame pointer
        return None
    return 2 * _WORD + callback_frame, switch_frame


ARCH = Arch(
    name="amd64",
    pc_quantum=1,
    relative_relocation=_R_X86_64_RELATIVE,
    find_patch_point=find_patch_point,
    data_references=data_references,
    direct_calls=direct_calls,
    variable_rules=_VARIABLE_RULES,
    callback_distances=callback_distances,
    calls_to=calls_to,
)
