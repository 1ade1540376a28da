"""Addresses of the runtime's variables in binaries without a symbol table, from the runtime's own code.

The function table names the runtime's functions even in stripped binaries, and their instructions refer to variables
by address. Each of the architecture's rules (`Arch.variable_rules`) says which reference of which small function means
which variable, or field of it. A variable has several rules: it counts as found if all rules that apply agree, else it
is left out, never guessed. That the rules hold is tested for every supported version against binaries that have their
symbols.
"""

from gotop.golang.arch import VariableRule
from gotop.golang.binary import GoBinary

_MAX_CODE = 8192


VARIABLES = (
    "runtime.memstats", "runtime.mheap_", "runtime.allp", "runtime.sched", "runtime.allglen", "runtime.allgptr",
    "runtime.allgs", "runtime.gcController", "runtime.work", "runtime.allm", "runtime.gomaxprocs",
)  # fmt: skip
"""What the agent reads the runtime's figures and goroutines from."""

PROFILE_VARIABLES = ("runtime.mbuckets", "runtime.MemProfileRate", "runtime.mProfCycle", "runtime.profMemActiveLock")
"""The runtime's own heap profile: only for looking at a service without hooks."""

# Where moduledata says that variables lie.
_RANGES = (("noptrdata", "enoptrdata"), ("data", "edata"), ("bss", "ebss"), ("noptrbss", "enoptrbss"))


def recover_variables(binary: GoBinary) -> dict[str, int]:
    """Return the addresses of those of VARIABLES and PROFILE_VARIABLES that the runtime's own code tells."""
    rules = binary.image.arch.variable_rules
    references = _references(binary, {f"runtime.{r.function}" for r in rules})
    answers: dict[str, set[int]] = {}
    for rule in rules:
        answer = _apply_rule(rule, references, binary.runtime.offsets)
        if answer is not None:
            answers.setdefault(f"runtime.{rule.variable}", set()).add(answer)
    return {name: next(iter(found)) for name, found in answers.items() if len(found) == 1}


def _apply_rule(
    rule: VariableRule, references: dict[str, list[tuple[str, int]]], offsets: dict[str, int]
) -> int | None:
    matching = [t for m, t in references.get(f"runtime.{rule.function}", ()) if m == rule.mnemonic]
    offset = offsets.get(rule.field) if rule.field else 0
    if offset is None or rule.nth >= len(matching) or rule.of not in (None, len(matching)):
        return None
    return matching[rule.nth] - offset


def _references(binary: GoBinary, names: set[str]) -> dict[str, list[tuple[str, int]]]:
    """Return mnemonic and target of every reference to a variable, in the order of the code, by function."""
    table = binary.table
    offsets = binary.runtime.offsets
    ranges = [
        tuple(binary.image.u64(table.module + offsets[f"moduledata.{edge}"]) for edge in pair) for pair in _RANGES
    ]
    found = {}
    for name, index in table.find(sorted(names)).items():
        code = binary.image.read(table.entry(index), min(table.size(index), _MAX_CODE))
        targets = binary.image.arch.data_references(code, table.entry(index))
        found[name] = [(m, t) for m, t in targets if any(start <= t < end for start, end in ranges)]
    return found
