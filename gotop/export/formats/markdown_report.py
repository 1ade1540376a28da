"""Totals and the call sites with the most bytes as Markdown, for an issue or a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from gotop import units
from gotop.export.markdown import code, plain, table
from gotop.export.profile import Amount, Profile
from gotop.export.registry import Selection, of_profile, register
from gotop.model.values import SiteKey

TOP = 30


def make(profile: Profile, selection: Selection) -> bytes:
    """Return a heading, the totals, and a table of sites with a row for those that are not listed."""
    return ("\n".join(_lines(profile, selection.limits.top)) + "\n").encode("utf-8", "backslashreplace")


def _lines(profile: Profile, top: int | None) -> Iterator[str]:
    program, whole, seconds = profile.name, profile.whole, profile.seconds
    yield f"## Allocations of {code(program) if program else 'a service'}"
    yield ""
    rate = f" ({units.size_rate(whole.bytes / seconds)})" if seconds else ""
    yield (
        f"{units.size(whole.bytes)}{rate} in {units.count(whole.allocs)} allocations within {units.span(seconds)}"
        f"{', ' + plain(profile.go_version) if profile.go_version else ''}."
    )
    yield ""
    sites = list(profile.sites().items())
    listed = sites[: TOP if top is None else top]
    rest = sum((amount for _, amount in sites[len(listed) :]), Amount())
    estimated = profile.estimated_sites()
    rows = [_row(key, amount, profile, key in estimated) for key, amount in listed]
    if len(sites) > len(listed):
        rows.append([*_figures(rest, profile, bool(estimated)), "", f"{len(sites) - len(listed)} more call sites"])
    yield from table(["bytes", "allocs", "bytes/s", "share", "type", "call site"], rows, 4)
    for note in profile.notes:
        yield ""
        yield f"partial: {plain(note)}"


def _row(key: SiteKey, amount: Amount, profile: Profile, estimated: bool) -> list[str]:
    place = f" {plain(key.file.rpartition('/')[2])}:{key.line}" if key.file else ""
    return [*_figures(amount, profile, estimated), code(key.type), f"{code(key.function)}{place}"]


def _figures(amount: Amount, profile: Profile, estimated: bool) -> list[str]:
    seconds, whole = profile.seconds, profile.whole.bytes
    figures = [
        units.size(amount.bytes), units.count(amount.allocs),
        units.size_rate(amount.bytes / seconds) if seconds else "–",
        units.percent(amount.bytes / whole if whole else None),
    ]  # fmt: skip
    return [units.about(figure, estimated) for figure in figures]


register(of_profile("markdown", "totals and call sites as Markdown", "md", make))
