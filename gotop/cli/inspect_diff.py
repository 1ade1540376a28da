"""What one build of a program has otherwise than another: `gotop inspect BINARY --diff OTHER`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gotop.golang.buildinfo import Module
from gotop.golang.inspect import Inspection

FUNCTIONS = 30
"""Functions whose number of calls has changed most that the text lists."""


def difference(old: Inspection, new: Inspection) -> dict[str, Any]:
    """Return what differs as plain values for JSON: each change has what was, what is, or both."""
    facts = {name: (_facts(old)[name], _facts(new)[name]) for name in _facts(old)}
    settings = _changes(dict(old.info.settings), dict(new.info.settings))
    return {
        "schema": 1,
        "old": old.path,
        "new": new.path,
        "changes": {name: {"old": a, "new": b} for name, (a, b) in facts.items() if a != b},
        "settings": settings,
        "modules": _changes(_modules(old), _modules(new)),
        "hooks": _changes(_hooks(old), _hooks(new)),
        "allocation_calls": _changes(old.static.by_allocator, new.static.by_allocator, 0),
        "allocating_functions": _changes(old.static.by_function, new.static.by_function, 0),
    }


def _facts(shown: Inspection) -> dict[str, Any]:
    return {
        "go_version": shown.info.go_version,
        "arch": shown.arch,
        "features": list(shown.info.features),
        "revision": shown.info.revision,
        "pie": shown.pie,
        "stripped": shown.stripped,
        "dwarf": shown.dwarf,
        "functions": shown.functions,
        "text_bytes": shown.text[1] - shown.text[0],
        "allocation_calls": shown.static.total,
        "partial": list(shown.plan.partial) if shown.plan else [],
        "refusal": shown.refusal,
    }


def _modules(shown: Inspection) -> dict[str, str]:
    main = {shown.info.main.path: shown.info.main.version} if shown.info.main else {}
    return main | {module.path: _version(module) for module in shown.info.deps}


def _version(module: Module) -> str:
    its = module.replaced_by
    return f"{module.version} => {its.path} {its.version}".rstrip() if its else module.version


def _hooks(shown: Inspection) -> dict[str, Any]:
    """The hook points by name: where the instruction is in its function, what it is, and where it is inlined."""
    return {
        point.hook.name: {
            "kind": point.hook.kind,
            "size": point.hook.size,
            "offset": point.hook.at - point.hook.entry,
            "inlined_into": list(point.inlined_into),
        }
        for point in shown.hooks
    }


def _changes(old: Mapping[str, Any], new: Mapping[str, Any], absent: Any = None) -> dict[str, Any]:
    """Return each key whose value differs; `absent` stands for none."""
    found = {key: (old.get(key, absent), new.get(key, absent)) for key in {**old, **new}}
    return {key: {"old": a, "new": b} for key, (a, b) in found.items() if a != b}


def difference_lines(changes: dict[str, Any]) -> Iterator[str]:
    """The differences as text."""
    yield f"{changes['old']} → {changes['new']}"
    before = len(("schema", "old", "new"))
    if not any(list(changes.values())[before:]):
        yield "No difference in version, settings, modules, hook points or calls of the allocator."
        return
    for title, key in (("", "changes"), ("settings", "settings"), ("modules", "modules"), ("hook points", "hooks")):
        if changes[key] and title:
            yield from ("", title)
        yield from (f"  {name:<18} {_text(each['old'])} → {_text(each['new'])}" for name, each in changes[key].items())
    for title, key in (
        ("calls of the allocator, by what they call", "allocation_calls"),
        ("and by function, the largest changes first", "allocating_functions"),
    ):
        if changes[key]:
            yield from ("", title)
        grown = sorted(changes[key].items(), key=lambda item: (-abs(item[1]["new"] - item[1]["old"]), item[0]))
        for name, each in grown[:FUNCTIONS]:
            yield f"  {each['new'] - each['old']:>+7,}  {each['old']:>7,} → {each['new']:>7,}  {name}"
        if len(grown) > FUNCTIONS:
            yield f"  … and {len(grown) - FUNCTIONS:,} more (--json)"


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(each)}" for key, each in value.items() if each not in ([], ""))
    return str(value) if value != "" else "none"
