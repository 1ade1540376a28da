"""The `inspect` command."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from gotop.cli import output
from gotop.cli.inspect_diff import difference, difference_lines
from gotop.golang.buildinfo import BuildInfo, Module
from gotop.golang.inspect import InspectedCall, InspectedHook, Inspection, StaticSummary, inspect

FUNCTIONS = 10
"""Functions with the most calls of the allocator that the text lists."""


@click.command("inspect")
@click.argument("binary", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--deps", is_flag=True, help="List the modules it was built from as well.")
@click.option("--calls", default="", metavar="REGEXP",
              help="List the calls of the allocator in functions whose name matches, with inlined frames.")  # fmt: skip
@click.option("--diff", "other", type=click.Path(), metavar="OTHER",
              help="Show what another build, a newer one, has otherwise.")  # fmt: skip
def command(binary: str, as_json: bool, deps: bool, calls: str, other: str | None) -> int:
    """Show what gotop knows of a compiled program, without running it.

    The Go version, how it was built, and every function that gotop would hook: where it is and how long by the function
    table, which stripped programs have too, and by the symbol table; the instruction that would be replaced; what
    cannot be hooked, and why; and where its code calls the allocator. The exit code is 1 if the program cannot be
    monitored.
    """
    try:
        re.compile(calls)
    except re.error as error:
        raise click.UsageError(f"--calls {calls!r} is no regular expression: {error}.") from error
    shown = inspect(_found(binary), calls)
    if other is not None:
        changes = difference(shown, inspect(_found(other), calls))
        if as_json:
            output.write_json(changes, indent=2)
        else:
            output.write_lines(difference_lines(changes))
        return 0
    if as_json:
        output.write_json(as_document(shown), indent=2)
    else:
        output.write_lines(as_lines(shown, deps))
    return 1 if shown.refusal else 0


def _found(binary: str) -> str:
    # A bare name is a command on PATH, as for `gotop run`.
    return binary if "/" in binary or Path(binary).exists() else shutil.which(binary) or binary


def as_document(shown: Inspection) -> dict[str, Any]:
    """The inspection as plain values for JSON; addresses are numbers."""
    build = asdict(shown.info) | {"settings": dict(shown.info.settings), "id": shown.build_id}
    return {
        "schema": 1,
        "path": shown.path,
        "build": build | {"features": list(shown.info.features), "revision": shown.info.revision},
        "pie": shown.pie,
        "stripped": shown.stripped,
        "dwarf": shown.dwarf,
        "text": shown.text,
        "functions": shown.functions,
        "layout_from": shown.layout_from,
        "hooks": [_hook_document(p) for p in shown.hooks],
        "vars": shown.plan.vars if shown.plan else {},
        "partial": shown.plan.partial if shown.plan else (),
        "refusal": shown.refusal,
        "allocation_calls": _counts(shown.static, shown.static.by_allocator, "calls"),
        "allocating_functions": _counts(shown.static, shown.static.by_function, "function"),
        "calls": [_call_document(each) for each in shown.calls],
    }


def _hook_document(point: InspectedHook) -> dict[str, Any]:
    return {
        "name": point.hook.name,
        "kind": point.hook.kind,
        "file": point.source.file,
        "line": point.source.line,
        "pclntab": {"entry": point.hook.entry, "size": point.hook.size},
        "symtab": {"entry": point.symbol.address, "size": point.symbol.size} if point.symbol else None,
        "at": point.hook.at,
        "instruction": point.hook.expect.hex(),
        "inlined_into": list(point.inlined_into),
    }


def _counts(static: StaticSummary, counts: dict[str, int], key: str) -> list[dict[str, Any]] | None:
    return [{key: name, "count": count} for name, count in counts.items()] if static.known else None


def _call_document(each: InspectedCall) -> dict[str, Any]:
    return {
        "address": each.call.address,
        "calls": each.call.allocator,
        "function": each.call.function,
        "frames": [frame._asdict() for frame in each.frames],
    }


def as_lines(shown: Inspection, deps: bool) -> Iterator[str]:
    """The inspection as text."""
    yield from _heading(shown)
    yield from _build(shown.info, deps)
    if shown.refusal:
        yield from ("", f"Cannot be monitored: {shown.refusal}")
    else:
        yield ""
        yield from _hooks(shown.hooks)
    yield from _static(shown.static)
    yield from _calls(shown.calls)
    if shown.refusal:
        return
    partial = shown.plan.partial if shown.plan else ()
    yield ""
    yield from (f"Partial: {sentence}" for sentence in partial)
    if not partial:
        but = ", but not those of plugins that it may load: they bring an allocator of their own"
        yield f"Every allocation can be seen{but if shown.plugins else ''}."


def _heading(shown: Inspection) -> Iterator[str]:
    symbols = "stripped" if shown.stripped else "with symbols"
    dwarf = "with DWARF" if shown.dwarf else "without DWARF"
    form = ["position-independent" if shown.pie else "fixed address", symbols, dwarf]
    yield shown.path
    yield f"  Go version   {shown.info.go_version or 'not recorded'}"
    yield f"  form         linux/{shown.arch}, {', '.join(form)}"
    yield f"  text         {shown.text[0]:#x}–{shown.text[1]:#x}, {shown.functions} functions"
    yield f"  build ID     {shown.build_id or 'none'}"
    if shown.layout_from:
        yield f"  layout of    {shown.layout_from}"


def _build(info: BuildInfo, deps: bool) -> Iterator[str]:
    if info.settings:
        yield f"  built with   {', '.join(info.features) or 'neither cgo, race detector nor PGO'}"
    if info.revision:
        yield f"  revision     {info.revision}"
    if info.path:
        yield f"  package      {info.path}"
    if info.main:
        yield f"  module       {_module(info.main)}"
    yield from (f"  {key:<12} {value}" for key, value in info.settings if value)
    if deps:
        yield from (f"  dep          {_module(m)}" for m in info.deps)
    elif info.deps:
        yield f"  dependencies {len(info.deps)} (--deps lists them)"


def _module(module: Module) -> str:
    replaced = f" => {_module(module.replaced_by)}" if module.replaced_by else ""
    return f"{module.path} {module.version}".rstrip() + replaced


def _hooks(points: tuple[InspectedHook, ...]) -> Iterator[str]:
    width = max((len(p.hook.name) for p in points), default=0)
    head = f"{'.gopclntab':>16}  {'.symtab':>16}  {'at':>5}  {'replaced':<14}"
    yield f"{'hook':<{width}}  {'kind':<13}  {head}  source"
    for p in points:
        symbol = f"{p.symbol.address:#x}+{p.symbol.size}" if p.symbol else "–"
        table = f"{p.hook.entry:#x}+{p.hook.size}"
        offset, code = f"+{p.hook.at - p.hook.entry}", p.hook.expect.hex()
        source = f"{p.source.file}:{p.source.line}"
        yield (
            f"{p.hook.name:<{width}}  {p.hook.kind:<13}  {table:>16}  {symbol:>16}  {offset:>5}  {code:<14}  {source}"
        )
    for p in points:
        if p.inlined_into:
            yield f"{p.hook.name} is inlined into {', '.join(p.inlined_into)}"


def _static(static: StaticSummary) -> Iterator[str]:
    yield ""
    if not static.known:
        yield "Calls of the allocator cannot be found on this architecture."
        return
    functions = len(static.by_function)
    yield f"{static.total:,} calls of the allocator in the code of {functions:,} functions (--calls REGEXP lists them)"
    yield "  " + ", ".join(f"{name.removeprefix('runtime.')} {n:,}" for name, n in static.by_allocator.items())
    for name, count in list(static.by_function.items())[:FUNCTIONS]:
        yield f"  {count:>7,}  {name}"


def _calls(calls: tuple[InspectedCall, ...]) -> Iterator[str]:
    if calls:
        yield ""
    for each in calls:
        places = [f"{frame.function} {frame.file}:{frame.line}" for frame in each.frames] or [each.call.function]
        yield f"{each.call.address:#x}  {each.call.allocator.removeprefix('runtime.'):<20}  {places[0]}"
        yield from (f"{'':>{len(f'{each.call.address:#x}')}}  {'':<20}  inlined into {place}" for place in places[1:])
