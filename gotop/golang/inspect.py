"""All that `gotop inspect` shows of a binary: version, build, hook points from both tables, why some are missing."""

import os
from dataclasses import dataclass

from gotop.golang.binary import GoBinary
from gotop.golang.buildinfo import BuildInfo
from gotop.golang.errors import TooOld, Unhookable, UnknownGoVersion
from gotop.golang.hooks import Hook
from gotop.golang.plan import HookPlan, plan_of
from gotop.golang.symbols import LogicalFrame, Symbolizer
from gotop.golang.symtab import ElfSymbolTable, Symbol

_LIBRARIES = ("c-shared", "plugin", "shared")
_LIBRARY = (
    "it is a shared library, which is no program: gotop hooks the allocator of the Go program that is started, not "
    "that of code which one loads. Give a program; where one loads plugins, gotop attach --sample-only sees theirs"
)


@dataclass(frozen=True, slots=True)
class InspectedHook:
    """A hook with what each table says of its function; `symbol` is None in stripped binaries."""

    hook: Hook
    symbol: Symbol | None
    source: LogicalFrame


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


def inspect(path: str | os.PathLike[str]) -> Inspection:
    """Return everything about the Go binary at `path`. Raises a BinaryError if it is not one, not if it cannot be
    hooked.
    """
    with GoBinary.open(path) as binary:
        return _inspection(binary)


def _inspection(binary: GoBinary) -> Inspection:
    plan, refusal = None, ""
    try:
        plan = plan_of(binary)
    except (TooOld, UnknownGoVersion, Unhookable) as e:
        refusal = str(e)
    if binary.info.setting("-buildmode") in _LIBRARIES:
        plan, refusal = None, f"{binary.path}: {_LIBRARY}"
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
    )


def _points(binary: GoBinary, plan: HookPlan) -> tuple[InspectedHook, ...]:
    symbols = ElfSymbolTable(binary.image).find(h.name for h in plan.hooks)
    sources = Symbolizer(binary)
    return tuple(InspectedHook(h, symbols.get(h.name), sources.function_at(h.entry)) for h in plan.hooks)
