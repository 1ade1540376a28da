"""A page for any browser, in one file that needs no network: graphs, call sites that sort and filter, a flame graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from gotop.export.profile import Amount, Profile, ProfileStack, session_profile
from gotop.export.registry import Exporter, Selection, register
from gotop.model.session import Session
from gotop.model.values import SiteKey
from gotop.printable import as_json

TOP = 1000
"""Call sites that are listed unless `--top` says otherwise; the others are one row."""
SMALLEST = 2000
"""A box of the flame graph is at least this part of all: one two-thousandth. What is smaller is one box a caller."""
SMALLER = "… smaller"
GRAPHS_S = 600.0
SERIES = (
    ("bytes", "bytes a second", "bytes"), ("allocs", "allocations a second", ""), ("heap_live", "live heap", "bytes"),
    ("goroutines", "goroutines", ""),
)  # fmt: skip
"""Graphs: the time series (`gotop.model.status.time_series`), title and unit."""


def of_profile(profile: Profile, selection: Selection) -> bytes:
    """Return the page of a profile: without graphs, for a profile has no time line."""
    return _page(profile, selection, [])


def of_session(session: Session, selection: Selection) -> bytes:
    """Return the page of a session: figures are of the window, graphs of the last ten minutes."""
    graphs = [
        {"title": title, "unit": unit, "values": values}
        for name, title, unit in SERIES
        if any(values := session.history(name, GRAPHS_S))
    ]
    return _page(session_profile(session, selection.window), selection, graphs)


def _page(profile: Profile, selection: Selection, graphs: list[dict[str, Any]]) -> bytes:
    sites = list(profile.sites().items())
    top = TOP if selection.limits.top is None else selection.limits.top
    estimated = profile.estimated_sites()
    listed = [_site(key, amount, key in estimated) for key, amount in sites[:top]]
    begin = profile.begin_unix
    found = {
        "program": profile.name,
        "go_version": profile.go_version,
        "when": datetime.fromtimestamp(begin, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if begin else "",
        "seconds": profile.seconds,
        "allocs": profile.whole.allocs,
        "bytes": profile.whole.bytes,
        "estimated": bool(estimated),
        "notes": list(profile.notes),
        "sites": listed,
        "rest": _rest(profile, sites[:top], len(sites), bool(estimated)),
        "series": graphs,
        "flame": flame(profile),
    }
    template = (files("gotop.export") / "page" / "page.html").read_text("utf-8")
    return template.replace("@DATA@", as_json(found).replace("<", "\\u003c")).encode()


def _site(key: SiteKey, amount: Amount, estimated: bool) -> dict[str, Any]:
    place = f"{key.file.rpartition('/')[2]}:{key.line}" if key.file else ""
    return _row(key.function, place, key.type, amount, estimated)


def _row(function: str, place: str, type_: str, amount: Amount, estimated: bool) -> dict[str, Any]:
    return {
        "function": function, "place": place, "type": type_, "allocs": amount.allocs, "bytes": amount.bytes,
        "estimated": estimated,
    }  # fmt: skip


def _rest(profile: Profile, listed: list[tuple[SiteKey, Amount]], sites: int, estimated: bool) -> list[dict[str, Any]]:
    """Return a row for all that has none, so that the rows' sum is the whole; none where nothing is left."""
    shown = sum((amount for _, amount in listed), Amount())
    left = Amount(profile.whole.allocs - shown.allocs, profile.whole.bytes - shown.bytes)
    if left == Amount():
        return []
    more = sites - len(listed)
    name = f"({more} more call sites, and what has no stack)" if more else "(without a stack)"
    return [_row(name, "", "", left, estimated)]


@dataclass(slots=True)
class _Box:
    """A function below its callers: bytes, and what it calls by name."""

    bytes: int = 0
    callees: dict[str, _Box] = field(default_factory=dict)


def flame(profile: Profile) -> list[list[Any]]:
    """Return the flame graph's boxes as [depth, name, bytes], each before its callees, heaviest first. A type is the
    innermost box.
    """
    root, whole = _Box(), sum(stack.bytes for stack in profile.stacks)
    for stack in profile.stacks:
        _add_stack(root, stack)
    return _drawn("all", root, max(1, whole // SMALLEST))


def _add_stack(root: _Box, stack: ProfileStack) -> None:
    box = root
    box.bytes += stack.bytes
    names = [frame.function for frame in reversed(stack.frames)]
    for name in [*names, stack.site.type] if stack.site.type else names:
        box = box.callees.setdefault(name, _Box())
        box.bytes += stack.bytes


def _drawn(name: str, root: _Box, least: int) -> list[list[Any]]:
    """Return boxes in the order in which they are drawn, without recursion: stacks may be deeper than Python's."""
    found: list[list[Any]] = []
    todo = [(0, name, root)]
    while todo:
        depth, name, box = todo.pop()
        found.append([depth, name, box.bytes])
        large = [item for item in box.callees.items() if item[1].bytes >= least]
        small = sum(below.bytes for below in box.callees.values() if below.bytes < least)
        if small:
            todo.append((depth + 1, SMALLER, _Box(small)))
        todo += [(depth + 1, *item) for item in sorted(large, key=lambda item: (item[1].bytes, item[0]))]
    return found


register(Exporter("html", "a page for any browser, in one file", "html", of_session, of_profile, windows=True))
