"""Addresses of the runtime's variables in binaries without a symbol table, from the runtime's own code.

The function table names the runtime's functions even in stripped binaries, and their instructions refer to variables
relative to RIP. Each rule below says which reference of which small function means which variable or field of it. A
variable has several rules: it counts as found if all rules that apply agree, else it is left out, never guessed.
That the rules hold is tested for every supported version against binaries that have their symbols.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from gotop.golang.arch.amd64 import disassembler
from gotop.golang.binary import GoBinary

_MAX_CODE = 8192
_RIP = re.compile(r"\[rip ([+-]) (0x[0-9a-f]+|\d+)\]")


class _Rule(NamedTuple):
    """The `nth` reference by `mnemonic` to a variable, in runtime function `function`, is to `field` of `variable`.

    Where `of` is given, the rule applies only if there are just that many: then code of another shape, such as `-N -l`
    makes, answers nothing rather than something else.
    """

    variable: str
    function: str
    mnemonic: str
    nth: int
    field: str = ""
    of: int | None = None


_RULES = (
    _Rule("memstats", "newBucket", "lea", 0, "mstats.buckhash_sys"),
    _Rule("memstats", "(*spanSetBlockAlloc).alloc", "lea", 0, "mstats.gcMiscSys"),
    _Rule("memstats", "(*pollCache).alloc", "lea", 0, "mstats.other_sys"),
    _Rule("mheap_", "spanOfHeap", "mov", 0, "mheap.arenas"),
    _Rule("mheap_", "allocmcache.func1", "lea", 0, "mheap.lock"),
    _Rule("mheap_", "(*pageAlloc).enableChunkHugePages", "lea", 0, "mheap.lock"),
    _Rule("allp", "preemptall", "mov", 0),
    _Rule("allp", "gcMarkTinyAllocs", "mov", 0),
    _Rule("allp", "gcComputeStartingStackSize", "mov", 0),
    _Rule("sched", "checkRunqsNoP", "lea", 0, "schedt.lock"),
    _Rule("sched", "incidlelocked", "lea", 0, "schedt.lock"),
    _Rule("sched", "GOMAXPROCS", "lea", 0, "schedt.lock"),
    _Rule("allglen", "forEachGRace", "mov", 0, of=2),
    _Rule("allgptr", "forEachGRace", "mov", 1, of=2),
    _Rule("allgs", "forEachG", "mov", 0),
    _Rule("allgs", "allgadd", "mov", 2),
    _Rule("gcController", "sysAlloc", "lea", 0, "gcControllerState.mappedReady"),
    _Rule("gcController", "sysFree", "lea", 0, "gcControllerState.mappedReady"),
    _Rule("gcController", "(*gcControllerState).update", "lea", 0, "gcControllerState.heapLive"),
    _Rule("work", "putempty", "lea", 0, "workType.empty"),
    _Rule("work", "trygetfull", "lea", 0, "workType.full"),
    _Rule("work", "gcWakeAllAssists", "lea", 0, "workType.assistQueue"),
    _Rule("allm", "mexit", "lea", 2),
    _Rule("gomaxprocs", "flushallmcaches", "movsxd", 0),
    _Rule("gomaxprocs", "GOMAXPROCS", "movsxd", 0),
    _Rule("gomaxprocs", "(*scavengerState).init.func4", "mov", 0, of=1),
    _Rule("gomaxprocs", "schedtrace", "movsxd", 2),
)
# The runtime's own heap profile: only for looking at a service without hooks.
_PROFILE_RULES = (
    _Rule("mbuckets", "mProf_FlushLocked", "mov", 0, of=1),
    _Rule("mbuckets", "stkbucket", "lea", 5, of=10),
    _Rule("MemProfileRate", "profilealloc", "mov", 1),
    _Rule("mProfCycle", "mProf_Flush", "mov", 0, of=1),
    _Rule("mProfCycle", "mProf_Free", "mov", 0, of=1),
    _Rule("mProfCycle", "mProf_PostSweep", "mov", 0, of=1),
    _Rule("profMemActiveLock", "mProf_Flush", "lea", 3, of=4),
    _Rule("profMemActiveLock", "mProf_PostSweep", "lea", 0, of=3),
)
VARIABLES = tuple(dict.fromkeys(f"runtime.{r.variable}" for r in _RULES))
PROFILE_VARIABLES = tuple(dict.fromkeys(f"runtime.{r.variable}" for r in _PROFILE_RULES))
# Where moduledata says that variables lie.
_RANGES = (("noptrdata", "enoptrdata"), ("data", "edata"), ("bss", "ebss"), ("noptrbss", "enoptrbss"))


def recover_variables(binary: GoBinary) -> dict[str, int]:
    """Addresses of those of VARIABLES and PROFILE_VARIABLES that the runtime's own code tells."""
    rules = (*_RULES, *_PROFILE_RULES)
    references = _references(binary, {f"runtime.{r.function}" for r in rules})
    answers: dict[str, set[int]] = {}
    for rule in rules:
        answer = _apply_rule(rule, references, binary.runtime.offsets)
        if answer is not None:
            answers.setdefault(f"runtime.{rule.variable}", set()).add(answer)
    return {name: next(iter(found)) for name, found in answers.items() if len(found) == 1}


def _apply_rule(rule: _Rule, references: dict[str, list[tuple[str, int]]], offsets: dict[str, int]) -> int | None:
    matching = [t for m, t in references.get(f"runtime.{rule.function}", ()) if m == rule.mnemonic]
    offset = offsets.get(rule.field) if rule.field else 0
    if offset is None or rule.nth >= len(matching) or rule.of not in (None, len(matching)):
        return None
    return matching[rule.nth] - offset


def _references(binary: GoBinary, names: set[str]) -> dict[str, list[tuple[str, int]]]:
    """Mnemonic and target of every reference to a variable, in the order of the code, by function."""
    table = binary.table
    offsets = binary.runtime.offsets
    ranges = [
        tuple(binary.image.u64(table.module + offsets[f"moduledata.{edge}"]) for edge in pair) for pair in _RANGES
    ]
    found = {}
    for name, index in table.find(sorted(names)).items():
        code = binary.image.read(table.entry(index), min(table.size(index), _MAX_CODE))
        targets = _rip_targets(code, table.entry(index))
        found[name] = [(m, t) for m, t in targets if any(start <= t < end for start, end in ranges)]
    return found


def _rip_targets(code: bytes, entry: int) -> Iterator[tuple[str, int]]:
    for address, size, mnemonic, operands in disassembler().disasm_lite(code, entry):
        found = _RIP.search(operands)
        if found:
            distance = int(found[2], 0)
            yield mnemonic, address + size + (distance if found[1] == "+" else -distance)
