"""Findings as text, JSON, SARIF and lines that editors jump through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gotop import __version__, units
from gotop.explain.findings import Finding

SCHEMA = 1
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def as_document(found: Sequence[Finding], remark: str, problem: str) -> dict[str, Any]:
    """Return the findings as plain values for JSON, dearest first."""
    return {"schema": SCHEMA, "remark": remark, "problem": problem, "findings": [_document(each) for each in found]}


def _document(found: Finding) -> dict[str, Any]:
    return {
        "file": found.file,
        "line": found.line,
        "column": found.column,
        "function": found.function,
        "type": found.type,
        "code": found.code,
        "reason": found.reason,
        "flow": [{"text": s.text, "file": s.place.file, "line": s.place.line, "column": s.place.column}
                 for s in found.flow],
        "remedy": found.remedy,
        "allocs": found.allocs,
        "bytes": found.bytes,
        "share": found.share,
        "estimated": found.estimated,
        "remark": found.remark,
    }  # fmt: skip


def as_text(found: Sequence[Finding], remark: str, problem: str) -> Iterator[str]:
    """Write the findings for people: what it costs, where, why, what to do."""
    if problem:
        yield f"why: not known, {problem}"
    if remark:
        yield remark
    for number, each in enumerate(found, 1):
        yield ""
        about = "≈" if each.estimated else ""
        figures = f"{about}{units.size(each.bytes)} in {about}{units.count(each.allocs)} allocations"
        yield f"{number}. {figures}, {units.percent(each.share)}  {each.type or '–'}"
        yield f"   {each.function}  {each.file}:{each.line}"
        if not problem or each.code:
            yield f"   why     {each.reason}"
        yield from (f"           {_step(step.text, step.place.file, step.place.line)}" for step in each.flow)
        if each.remedy:
            yield f"   remedy  {each.remedy}"
        if each.remark:
            yield f"   source  {each.remark}"


def _step(text: str, file: str, line: int) -> str:
    return text if text.startswith("flow:") else f"  {text} at {Path(file).name}:{line}"


def as_compiler_lines(found: Sequence[Finding]) -> Iterator[str]:
    """Write a line `file:line:column: message` for each finding whose place is known."""
    for each in found:
        if each.file and each.line:
            yield f"{each.file}:{each.line}:{each.column or 1}: {_message(each)}"


def _message(found: Finding) -> str:
    cost = f"{units.size(found.bytes)} in {units.count(found.allocs)} allocations ({units.percent(found.share)})"
    what = f" of {found.type}" if found.type else ""
    remedy = f"; {found.remedy}" if found.remedy else ""
    return f"{cost}{what}: {found.reason}{remedy}"


def as_sarif(found: Sequence[Finding], base: Path) -> dict[str, Any]:
    """Return the findings as SARIF 2.1.0; files below `base` are relative to it, as GitHub wants them."""
    rules = sorted({each.code or "unknown" for each in found})
    driver = {"name": "gotop", "version": __version__, "rules": [{"id": rule, "name": rule} for rule in rules]}
    return {
        "$schema": _SARIF,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(each, base) for each in found if each.file]}],
    }


def _result(found: Finding, base: Path) -> dict[str, Any]:
    result = {
        "ruleId": found.code or "unknown",
        "level": "note",
        "message": {"text": _message(found)},
        "locations": [_location(found.file, found.line, found.column, base)],
        "properties": {"allocs": found.allocs, "bytes": found.bytes, "share": found.share, "type": found.type},
    }
    if found.flow:
        steps = [
            _location(step.place.file, step.place.line, step.place.column, base) | {"message": {"text": step.text}}
            for step in found.flow
        ]
        result["codeFlows"] = [{"threadFlows": [{"locations": [{"location": step} for step in steps]}]}]
    return result


def _location(file: str, line: int, column: int, base: Path) -> dict[str, Any]:
    path = Path(file)
    inside = path.is_relative_to(base)
    artifact = {"uri": path.relative_to(base).as_posix()} if inside else {
        "uri": path.as_uri() if path.is_absolute() else path.as_posix()
    }  # fmt: skip
    region = {"startLine": max(1, line)} | ({"startColumn": column} if column else {})
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}
