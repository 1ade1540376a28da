"""All that `gotop inspect` shows of a binary: version, build, hook points from both tables, why some are missing."""

import os
from dataclasses import dataclass

from gotop.golang.binary import GoBinary
from gotop.golang.buildinfo import BuildInfo
from gotop.golang.errors import TooOld, Unhookable, UnknownGoVersion
from gotop.golang.hooks import Hook
from gotop.golang.inlining import inlining_hosts
from gotop.golang.plan import HookPlan, plan_of
from gotop.golang.static_allocations import StaticAllocations, StaticCall
from gotop.golang.symbols import LogicalFrame, Symbolizer
from gotop.golang.symtab import ElfSymbolTable, Symbol

_LIBRARIES = ("c-shared", "plugin", "shared")
_LIBRARY = (
    "it is a shared library, which is no program: gotop hooks the allocator of the Go program that is started, not "
    "that of code which one loads. Give a program; where one loads plugins, gotop attach --sample-only sees theirs"
)


@dataclass(frozen=True, slots=True)
class InspectedHook:
    """A hook with what each table says of its function; `symbol` is None in stripped binaries. `inlined_into`: the
    functions that hold a body of it, where the hook does not run.
    """

    hook: Hook
    symbol: Symbol | None
    source: LogicalFrame
    inlined_into: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InspectedCall:
    """A call of the allocator and its frames, innermost first: what is inlined there, and the function itself."""

    call: StaticCall
    frames: tuple[LogicalFrame, ...]


@dataclass(frozen=True, slots=True)
class StaticSummary:
    """How many calls of the allocator a binary's code has: by what they call, and by the function that makes them.
    `known`: they can be found on this architecture.
    """

    known: bool
    by_allocator: dict[str, int]
    by_function: dict[str, int]

    @property
    def total(self) -> int:
        """Return the number of all calls."""
        return sum(self.by_allocator.values())


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is known of a binary. `refusal` says why it cannot be monitored, "" if it can; then `plan` is there.

    `plugins`: it can load code that is not in it.
    """

    path: str
    arch: str
    info: BuildInfo
    build_id: str
    pie: bool
    stripped: bool
    text: tuple[int, int]
    functions: int
    layout_from: str
    hooks: tuple[InspectedHook, ...]
    plan: HookPlan | None
    refusal: str
    plugins: bool
    dwarf: bool
    static: StaticSummary
    calls: tuple[InspectedCall, ...]


def inspect(path: str | os.PathLike[str], calls_in: str = "") -> Inspection:
    """Return everything about the Go binary at `path`. Raises a BinaryError if it is not one, not if it cannot be
    hooked. `calls_in`: a regular expression; the calls of functions that have it in their name are listed as well.
    """
    with GoBinary.open(path) as binary:
        return _inspection(binary, calls_in)


def _inspection(binary: GoBinary, calls_in: str) -> Inspection:
    plan, refusal = None, ""
    try:
        plan = plan_of(binary)
    except (TooOld, UnknownGoVersion, Unhookable) as e:
        refusal = str(e)
    if binary.info.setting("-buildmode") in _LIBRARIES:
        plan, refusal = None, f"{binary.path}: {_LIBRARY}"
    static = StaticAllocations(binary)
    return Inspection(
        path=binary.path,
        arch=binary.image.arch.name,
        info=binary.info,
        build_id=binary.build_id,
        pie=binary.image.pie,
        stripped=binary.stripped,
        text=(binary.table.text, binary.table.etext),
        functions=binary.table.nfunc,
        layout_from=binary.runtime.go if plan else "",
        hooks=_points(binary, plan) if plan else (),
        plan=plan,
        refusal=refusal,
        plugins=bool(binary.table.find(["plugin.open"])),
        dwarf=any(name in binary.image.sections for name in (".debug_info", ".zdebug_info")),
        static=StaticSummary(static.known, static.by_allocator(), static.by_function()),
        calls=_calls(binary, static, calls_in) if calls_in else (),
    )


def _calls(binary: GoBinary, static: StaticAllocations, calls_in: str) -> tuple[InspectedCall, ...]:
    try:
        symbols = Symbolizer(binary)
    except (TooOld, UnknownGoVersion):  # its inline trees cannot be found
        return tuple(
            InspectedCall(call, (LogicalFrame(call.function, "", 0, False),)) for call in static.calls_in(calls_in)
        )
    return tuple(InspectedCall(call, symbols.frames(call.returns)) for call in static.calls_in(calls_in))


def _points(binary: GoBinary, plan: HookPlan) -> tuple[InspectedHook, ...]:
    symbols = ElfSymbolTable(binary.image).find(h.name for h in plan.hooks)
    sources = Symbolizer(binary)
    hosts = inlining_hosts(binary, [h.name for h in plan.hooks])
    return tuple(
        InspectedHook(h, symbols.get(h.name), sources.function_at(h.entry), tuple(hosts.get(h.name, ())))
        for h in plan.hooks
    )
