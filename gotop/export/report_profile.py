"""A profile out of a JSON report that was written before."""

from __future__ import annotations

import json
import math
from typing import Any

from gotop.export.json_report import SCHEMA
from gotop.export.profile import Amount, Call, Profile, ProfileStack
from gotop.model.values import Frame, SiteKey

NOT_LISTED = "(sites that the report does not list)"
STACKS_NOT_LISTED = "(stacks that the report does not list)"


class ReportError(Exception):
    """A document is no report that can be read; the text says why."""


def report_profile(data: bytes) -> Profile:
    """Return what a report of schema 1 or 2 says was allocated. What it does not list is a stack of its own, so that
    sums stay whole. Raises ReportError.
    """
    try:
        document = json.loads(_last_report(data))
    except (ValueError, RecursionError) as error:
        raise ReportError(f"it is no JSON document ({error})") from error
    if not isinstance(document, dict) or "sites" not in document:
        raise ReportError("it is JSON, but no report of gotop's")
    schema = document.get("schema")
    if schema not in (1, SCHEMA):
        raise ReportError(f"it is a report of schema {schema}, and this gotop reads 1 and {SCHEMA}")
    try:
        return _profile(document)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise ReportError(f"it is a damaged report ({type(error).__name__}: {error})") from error


def _last_report(data: bytes) -> bytes:
    """Return the document; of `--ndjson`, the last line, which is the report."""
    lines = data.strip().rsplit(b"\n", 1)
    return lines[-1] if len(lines) == 2 and lines[-1].startswith(b'{"event": "report"') else data


def _profile(document: dict[str, Any]) -> Profile:
    target, totals, goroutines = document.get("target") or {}, document["totals"], document.get("gc") or {}
    frames = [_frame(each) for each in document.get("frames", [])]
    lists = [tuple(frames[_place(number)] for number in numbers) for numbers in document.get("stacks", [])]
    stacks: list[ProfileStack] = []
    for site in document["sites"]:
        stacks += _site(site, lists)
    rest = document.get("sites_rest")
    if rest:
        key = SiteKey(NOT_LISTED, "", 0, "")
        stacks.append(_alone(key, _count(rest["allocs"]), _count(rest["bytes"]), bool(rest["estimated"])))
    seconds = float(document["seconds"])
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError("seconds")
    return Profile(
        program=str(target.get("exe", "")),
        go_version=str(target.get("go_version", "")),
        build_id="",
        begin_unix=None,
        seconds=seconds,
        stacks=tuple(sorted(stacks, key=lambda stack: -stack.bytes)),
        whole=Amount(_count(totals["allocs"]), _count(totals["bytes"])),
        cycles=_cycles(goroutines),
        notes=tuple(map(str, (document.get("health") or {}).get("partial", ()))),
    )


def _cycles(gc: dict[str, Any]) -> int | None:
    """Return how many collections ended since the hooks were placed, as the counts are of that time."""
    if "collections" not in gc:
        return None
    return len(gc["collections"]) + _count(gc.get("collections_before", 0))


def _site(site: dict[str, Any], lists: list[tuple[Frame, ...]]) -> list[ProfileStack]:
    key = SiteKey(str(site["function"]), str(site["file"]), _count(site["line"]), str(site["type"]))
    found, allocs, size, estimated = [], _count(site["allocs"]), _count(site["bytes"]), bool(site.get("estimated"))
    for stack in site["stacks"]:
        frames = lists[_place(stack["stack"])] if "stack" in stack else tuple(map(_frame, stack["frames"]))
        count, its = _count(stack["allocs"]), _count(stack["bytes"])
        found.append(ProfileStack(key, _calls(frames), count, its, bool(stack.get("estimated"))))
        allocs, size = allocs - count, size - its
    if allocs > 0 or size > 0:
        found.append(_alone(key, max(0, allocs), max(0, size), estimated))
    return found


def _alone(key: SiteKey, allocs: int, size: int, estimated: bool) -> ProfileStack:
    """Return what is known of a site without its callers."""
    calls: tuple[Call, ...] = (Call(0, (Frame(key.function or "–", key.file, key.line, False),)),)
    if key.function != NOT_LISTED:
        calls += (Call(0, (Frame(STACKS_NOT_LISTED, "", 0, False),)),)
    return ProfileStack(key, calls, allocs, size, estimated)


def _calls(frames: tuple[Frame, ...]) -> tuple[Call, ...]:
    """Return frames as calls: inlined ones are together with the one they are inlined into."""
    calls, inlined = [], list[Frame]()
    for frame in frames:
        inlined.append(frame)
        if not frame.inlined:
            calls.append(Call(0, tuple(inlined)))
            inlined = []
    if inlined:
        calls.append(Call(0, tuple(inlined)))
    return tuple(calls)


def _frame(frame: dict[str, Any]) -> Frame:
    return Frame(str(frame["function"]), str(frame["file"]), _count(frame["line"]), bool(frame.get("inlined", False)))


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def _place(value: Any) -> int:
    """Return a place in a list: never from its end."""
    return _count(value)
