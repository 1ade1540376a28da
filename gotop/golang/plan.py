"""The hook plan: which instructions the agent replaces, and all it needs to know of the service's binary.

`make_plan` reads the file and nothing else. The document's reader is hookagent/plan; its schema is in ARCHITECTURE.md.
All addresses are link-time.
"""

import base64
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gotop.golang.binary import GoBinary
from gotop.golang.cgo_callbacks import Callback, find_callback
from gotop.golang.errors import Unhookable
from gotop.golang.hooks import HOOK_TARGETS, Hook, HookKind, hook_of_function
from gotop.golang.pgo import inlined_hooks
from gotop.golang.runtime_text import runtime_text
from gotop.golang.symtab import ElfSymbolTable
from gotop.golang.variables import PROFILE_VARIABLES, VARIABLES, recover_variables

SCHEMA = 1

# Entry points that compiled code calls directly for small objects of constant size, and mallocgc through its tables,
# from Go 1.27 on, and in 1.26 with GOEXPERIMENT=sizespecializedmalloc (cmd/compile/internal/ssagen/ssa.go,
# isSpecializedMalloc in cmd/compile/internal/ssa/rewrite.go, runtime/malloc_generated.go).
_SPECIAL_PREFIX = "runtime.mallocgc"
_SPECIAL = re.compile(r"runtime\.mallocgc(SmallNoScanSC|SmallScanNoHeaderSC|TinySC|TinySize)\d+")


@dataclass(frozen=True, slots=True)
class HookPlan:
    """The hook plan; field names are the document's keys."""

    exe: str
    build_id: str
    go_version: str
    arch: str
    pie: bool
    stripped: bool
    entry: int
    text: tuple[int, int]
    layout: dict[str, int]
    vars: dict[str, int]
    hooks: tuple[Hook, ...]
    size_classes: tuple[int, ...]
    malloc_header: int
    callback: Callback | None
    runtime_text: tuple[tuple[int, int], ...]
    labels: str
    waits_outside_malloc: tuple[int, ...]
    partial: tuple[str, ...]
    whole_stacks: tuple[tuple[int, int], ...] = ()
    schema: int = SCHEMA

    def to_dict(self) -> dict[str, Any]:
        """Return the document as plain values."""
        document = asdict(self)
        for hook in document["hooks"]:
            hook["expect"] = hook["expect"].hex()
        exact = os.fsencode(self.exe)
        if exact != self.exe.encode("utf-8", "surrogatepass"):  # JSON has no bytes, and a path may be any
            document["exe_bytes"] = base64.b64encode(exact).decode()
        return document

    def to_json(self) -> str:
        """Return the document as the agent reads it."""
        return json.dumps(self.to_dict(), separators=(",", ":"))


def make_plan(path: str | os.PathLike[str]) -> HookPlan:
    """Return the hook plan of the Go binary at `path`. Raises a BinaryError that says why there is none."""
    with GoBinary.open(path) as binary:
        return plan_of(binary)


def plan_of(binary: GoBinary) -> HookPlan:
    """Return the hook plan of an opened binary."""
    hooks, partial = find_hooks(binary)
    more, gaps = inlined_hooks(binary, hooks)
    return _assemble(binary, (*hooks, *more), (*partial, *gaps), find_callback(binary))


def _assemble(
    binary: GoBinary, hooks: tuple[Hook, ...], partial: tuple[str, ...], callback: Callback | None
) -> HookPlan:
    runtime, table, image = binary.runtime, binary.table, binary.image
    variables, missing = find_variables(binary)
    texts = runtime_text(table) if hooks else ()
    table.forget_search()
    return HookPlan(
        exe=str(Path(binary.path).absolute()),
        build_id=binary.build_id,
        go_version=binary.info.go_version,
        arch=image.arch.name,
        pie=image.pie,
        stripped=binary.stripped,
        entry=image.entry,
        text=(table.text, table.etext),
        layout=runtime.offsets,
        vars=variables,
        hooks=hooks,
        size_classes=runtime.size_classes,
        malloc_header=runtime.malloc_header,
        callback=callback,
        runtime_text=texts,
        labels=runtime.labels,
        waits_outside_malloc=_waits_outside_malloc(runtime.wait_reasons),
        partial=(*partial, *missing, *_untried_version(binary), *(_beside_mallocgc(binary) if hooks else ())),
    )


# What a goroutine waits for in the program's own code and Go's packages (runtime/runtime2.go waitReasonStrings). Inside
# mallocgc it waits for the collector and for the runtime's semaphores, under none of these names.
_OUTSIDE_MALLOC = re.compile(
    r"IO wait|sleep|select\b.*|chan (receive|send)\b.*|sync\..*|finalizer wait|cleanup wait|coroutine"
)


def _waits_outside_malloc(wait_reasons: tuple[str, ...]) -> tuple[int, ...]:
    """Return the numbers of the reasons to wait that mean that a goroutine is not in the midst of an allocation."""
    return tuple(number for number, name in enumerate(wait_reasons) if _OUTSIDE_MALLOC.fullmatch(name))


def _untried_version(binary: GoBinary) -> tuple[str, ...]:
    """Return what is to be said of a Go version that is read as it describes itself."""
    if not binary.runtime.derived:
        return ()
    return (
        f"{binary.info.go_version or 'This Go version'} is not one that gotop has been tried with "
        f"({binary.why_derived}): where its runtime keeps its figures was read from the binary's DWARF.",
    )


def _beside_mallocgc(binary: GoBinary) -> Iterator[str]:
    """Yield what is to be said of allocators that do without mallocgc."""
    if binary.table.find(["runtime.newUserArena"]):  # GOEXPERIMENT=arenas, and used (runtime/arena.go)
        yield (
            "This program makes arenas (package arena): what is allocated in them is not counted; the runtime's own "
            "totals have the chunks of memory that they are made of."
        )


def sampling_plan_of(binary: GoBinary) -> HookPlan:
    """Return the plan of an opened binary that is only to be read: without hooks, none of which can be missing then."""
    return _assemble(binary, (), (), None)


def find_hooks(binary: GoBinary) -> tuple[tuple[Hook, ...], tuple[str, ...]]:
    """Return the hooks, and a sentence for each that could not be placed. Raises Unhookable without mallocgc."""
    table = binary.table
    indexes = table.find(name for wanted in HOOK_TARGETS for name in wanted.names)
    hooks: list[Hook] = []
    partial: list[str] = []
    for wanted in HOOK_TARGETS:
        if wanted.before and (binary.info.minor or wanted.before) >= wanted.before:
            continue
        name = next((n for n in wanted.names if n in indexes), None)
        hook = hook_of_function(binary, name, wanted.kind, indexes[name]) if name else None
        if hook is not None:
            hooks.append(hook)
        elif wanted.kind == HookKind.ALLOC:
            raise _unhookable(binary, name is not None)
        else:
            partial.append(f"{_why_missing(name, wanted.names[0])}: {wanted.without}.")
    special, unpatchable = _special_hooks(binary)
    return (*hooks, *special), (*partial, *unpatchable)


def _special_hooks(binary: GoBinary) -> tuple[list[Hook], list[str]]:
    hooks, partial = [], []
    for name, index in sorted(binary.table.find_prefix(_SPECIAL_PREFIX).items()):
        if not _SPECIAL.fullmatch(name):
            continue
        hook = hook_of_function(binary, name, HookKind.ALLOC_SPECIAL, index)
        if hook is None:
            partial.append(
                f"{name} has an unusual prologue: allocations that compiled code makes through it are not counted."
            )
        else:
            hooks.append(hook)
    if hooks and "runtimesecret" in binary.info.experiments:
        partial.append("Objects under 16 bytes that are allocated inside runtime/secret.Do are counted twice.")
    return hooks, partial


def _why_missing(name: str | None, wanted: str) -> str:
    return f"{name} has an unusual prologue" if name else f"{wanted} is not in this binary"


def _unhookable(binary: GoBinary, present: bool) -> Unhookable:
    problem = (
        "its runtime.mallocgc does not open with the usual stack check" if present else "it has no runtime.mallocgc"
    )
    return Unhookable(
        binary.path,
        f"{problem}, so gotop cannot hook it safely ({binary.info.go_version or 'unknown Go version'})",
        "Was it obfuscated or built with an unusual compiler flag? Build it with plain `go build`",
    )


def find_variables(binary: GoBinary) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return the addresses of the runtime's variables: from the symbol table, where there is none from the runtime's
    code.
    """
    # The number of CPUs is read where there is a symbol table, and not missed otherwise.
    ncpu = "runtime.ncpu" if (binary.info.minor or 0) < 26 else "runtime.numCPUStartup"
    wanted = (*VARIABLES, *PROFILE_VARIABLES, ncpu)
    found = {n: s.address for n, s in ElfSymbolTable(binary.image).find(wanted).items()}
    if not found.keys() >= set(VARIABLES):
        found = recover_variables(binary) | found
    found["runtime.firstmoduledata"] = binary.table.module
    missing = [n for n in VARIABLES if n not in found]
    if not missing:
        return found, ()
    return found, (
        f"Not found in this binary: {', '.join(missing)}. Some of the runtime's own figures cannot be read.",
    )
