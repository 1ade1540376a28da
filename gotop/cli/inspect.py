"""The `inspect` command."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from gotop.cli import output
from gotop.golang.buildinfo import BuildInfo, Module
from gotop.golang.inspect import InspectedHook, Inspection, inspect


@click.command("inspect")
@click.argument("binary", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--deps", is_flag=True, help="List the modules it was built from as well.")
def command(binary: str, as_json: bool, deps: bool) -> int:
    """Show what gotop knows of a compiled program, without running it.

    The Go version, how it was built, and every function that gotop would hook: where it is and how long by the function
    table, which stripped programs have too, and by the symbol table; the instruction that would be replaced; and what
    cannot be hooked, and why. The exit code is 1 if the program cannot be monitored.
    """
    # A bare name is a command on PATH, as for `gotop run`.
    found = binary if "/" in binary or Path(binary).exists() else shutil.which(binary) or binary
    shown = inspect(found)
    if as_json:
        output.write_json(as_document(shown), indent=2)
    else:
        output.write_lines(as_lines(shown, deps))
    return 1 if shown.refusal else 0


def as_document(shown: Inspection) -> dict[str, Any]:
    """The inspection as plain values for JSON; addresses are numbers."""
    return {
        "schema": 1,
        "path": shown.path,
        "build": asdict(shown.info) | {"settings": dict(shown.info.settings), "id": shown.build_id},
        "pie": shown.pie,
        "stripped": shown.stripped,
        "text": shown.text,
        "functions": shown.functions,
        "layout_from": shown.layout_from,
        "hooks": [_hook_document(p) for p in shown.hooks],
        "vars": shown.plan.vars if shown.plan else {},
        "partial": shown.plan.partial if shown.plan else (),
        "refusal": shown.refusal,
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
    }


def as_lines(shown: Inspection, deps: bool) -> Iterator[str]:
    """The inspection as text."""
    yield from _heading(shown)
    yield from _build(shown.info, deps)
    if shown.refusal:
        yield from ("", f"Cannot be monitored: {shown.refusal}")
        return
    yield ""
    yield from _hooks(shown.hooks)
    partial = shown.plan.partial if shown.plan else ()
    yield ""
    yield from (f"Partial: {sentence}" for sentence in partial)
    if not partial:
        but = ", but not those of plugins that it may load: they bring an allocator of their own"
        yield f"Every allocation can be seen{but if shown.plugins else ''}."


def _heading(shown: Inspection) -> Iterator[str]:
    form = ["position-independent" if shown.pie else "fixed address", "stripped" if shown.stripped else "with symbols"]
    yield shown.path
    yield f"  Go version   {shown.info.go_version or 'not recorded'}"
    yield f"  form         linux/{shown.arch}, {', '.join(form)}"
    yield f"  text         {shown.text[0]:#x}–{shown.text[1]:#x}, {shown.functions} functions"
    yield f"  build ID     {shown.build_id or 'none'}"
    if shown.layout_from:
        yield f"  layout of    {shown.layout_from}"


def _build(info: BuildInfo, deps: bool) -> Iterator[str]:
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
    yield f"{'hook':<{width}}  {'kind':<13}  {'.gopclntab':>16}  {'.symtab':>16}  {'replaced':>8}  source"
    for p in points:
        symbol = f"{p.symbol.address:#x}+{p.symbol.size}" if p.symbol else "–"
        table = f"{p.hook.entry:#x}+{p.hook.size}"
        offset = f"+{p.hook.at - p.hook.entry}"
        source = f"{p.source.file}:{p.source.line}"
        yield f"{p.hook.name:<{width}}  {p.hook.kind:<13}  {table:>16}  {symbol:>16}  {offset:>8}  {source}"
