"""What profile-guided optimisation leaves of the functions that are hooked: bodies of theirs inside others, where their
hooks never run, and the functions that are hooked in their stead.

Under a profile the compiler inlines calls that are hot into their callers up to a cost of 2,000 instead of 80
(cmd/compile/internal/inline/inl.go, inlineHotMaxBudget). That is enough for `mallocgc` since Go 1.24: a program that
does much of one kind of allocating gets it inlined into `newobject`, `makeslice`, `growslice` or whatever else is hot
there. Before 1.24 it costs more than 2,000.
"""

from collections.abc import Iterable

from gotop.golang.binary import GoBinary
from gotop.golang.hooks import HOOK_TARGETS, Hook, HookKind, hook_of_function
from gotop.golang.inlining import inlining_hosts

#: What `mallocgc` does its work with since Go 1.24, whatever it is inlined into (runtime/malloc.go). Each takes size
#: and type in the same registers as `mallocgc`, and is called by nobody else. Where the caller is `mallocgc` itself,
#: that has been counted, as with the size-specialised allocators; those are hooked in any case.
_PARTS = (
    "runtime.mallocgcTiny",
    "runtime.mallocgcSmallNoscan",
    "runtime.mallocgcSmallScanNoHeader",
    "runtime.mallocgcSmallScanHeader",
    "runtime.mallocgcLarge",
)

#: Where the size-specialised allocator of tiny objects exists (Go 1.27), `mallocgc` uses it instead of this part, which
#: no code can reach then, so that it is not linked.
_TINY, _SPECIALISED_TINY = "runtime.mallocgcTiny", "runtime.mallocgcTinySC2"

#: The `go` statement's function runs `newproc1` in a closure on the system stack (runtime/proc.go), and calls it once.
#: Its first argument is the same.
_GO, _GO_HOST = "runtime.newproc", "runtime.newproc.func1"

Gap = tuple[str, list[str]]
"""A function, and those it was inlined into where nothing stands in for it."""


def inlined_hooks(binary: GoBinary, hooks: Iterable[Hook]) -> tuple[tuple[Hook, ...], tuple[str, ...]]:
    """Return the hooks that stand in for those whose functions were inlined, and a sentence for each without a full
    substitute.

    Without a profile the compiler inlines none of them, they are far too large. `mallocgc` is looked for all the same.
    """
    guided = bool(binary.info.setting("-pgo")) or not binary.info.settings
    kinds = {h.name: h.kind for h in hooks if h.kind == HookKind.ALLOC or guided}
    hosts = inlining_hosts(binary, [*kinds, *_PARTS] if guided else kinds)
    found: list[Hook] = []
    gaps: list[Gap] = []
    for name in [name for name in hosts if name in kinds]:
        if kinds[name] == HookKind.ALLOC:
            more, lost = _allocator(binary, hosts, specialised=_SPECIALISED_TINY in kinds)
        elif kinds[name] == HookKind.ALLOC_SPECIAL:
            more, lost = [], [(name, sorted(set(hosts[name]) - {"runtime.mallocgc"}))]
        elif kinds[name] == HookKind.GO:
            more, lost = _go_statement(binary, hosts[name])
        else:
            more, lost = [], [(name, hosts[name])]
        found += more
        gaps += lost
    without = {kind.names[0]: kind.without for kind in HOOK_TARGETS}
    return tuple(found), tuple(_sentence(*gap, without.get(gap[0], "")) for gap in gaps if gap[1])


def _allocator(binary: GoBinary, hosts: dict[str, list[str]], specialised: bool) -> tuple[list[Hook], list[Gap]]:
    """Hook the parts of `mallocgc`; a sentence says so where one of them cannot be hooked, or was inlined together with
    it.
    """
    indexes = binary.table.find(_PARTS)
    parts = [hook_of_function(binary, name, HookKind.ALLOC_SPECIAL, index) for name, index in indexes.items()]
    found = [hook for hook in parts if hook is not None]
    wanted = {name for name in _PARTS if not (name == _TINY and specialised and name not in (*indexes, *hosts))}
    if wanted - {hook.name for hook in found}:
        return [], [("runtime.mallocgc", hosts["runtime.mallocgc"])]
    inner = ((name, sorted(set(hosts.get(name, ())) - {"runtime.mallocgc"})) for name in _PARTS)
    return found, [(name, lost) for name, lost in inner if lost]


def _go_statement(binary: GoBinary, hosts: list[str]) -> tuple[list[Hook], list[Gap]]:
    """Hook `newproc` where `newproc1` was inlined into its closure."""
    index = binary.table.find([_GO]).get(_GO) if _GO_HOST in hosts else None
    hook = hook_of_function(binary, _GO, HookKind.GO, index) if index is not None else None
    if hook is None:
        return [], [("runtime.newproc1", hosts)]
    return [hook], [("runtime.newproc1", sorted(set(hosts) - {_GO_HOST}))]


def _sentence(name: str, hosts: list[str], missed: str) -> str:
    shown = ", ".join(hosts[:5]) + (f" and {len(hosts) - 5} more" if len(hosts) > 5 else "")
    missed = missed or "allocations made there are not counted"
    return f"Profile-guided optimisation inlined {name} into {shown}: {missed}. Build with -pgo=off to see everything."
