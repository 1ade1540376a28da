"""The report of a session as text for a terminal or a file; the same figures as `gotop.export.json_report`."""

from __future__ import annotations

import signal
from collections.abc import Iterator

from gotop import units
from gotop.export.json_report import seconds, span, waste
from gotop.export.json_runtime import is_unhooked
from gotop.export.text_groups import functions, own_lines
from gotop.export.text_runtime import allocator, gc, goroutines
from gotop.export.text_table import place_text, table
from gotop.model.counts.sampling import sampling_text
from gotop.model.queries import SiteQuery, SiteSort
from gotop.model.session import Session
from gotop.model.sites.site_rows import SiteRow
from gotop.model.status.values import Ending, Health
from gotop.model.symbols.call_site import plain_name
from gotop.printable import printable

SITES = 30
ATTRIBUTED = 20


def as_text(session: Session, sites: int = SITES) -> str:
    """The report: who, how much, where, goroutines, garbage collection, and what to know about the figures.

    Args:
        session: what to report.
        sites: how many call sites to list.
    """
    return "\n".join(map(printable, _lines(session, sites))) + "\n"


def ending_text(ending: Ending) -> str:
    """How the service ended, as a clause: `exited with code 3`."""
    if ending.detached:
        return "let go by gotop, running on"
    if ending.signal is not None:
        name = signal.Signals(ending.signal).name if ending.signal in set(signal.Signals) else f"signal {ending.signal}"
        return f"ended by {name}{' (core dumped)' if ending.core else ''}{' as asked' if ending.by_us else ''}"
    return f"exited with code {ending.code}{' as asked' if ending.by_us else ''}"


def _lines(session: Session, sites: int) -> Iterator[str]:
    yield from _head(session)
    yield from _totals(session)
    yield from _sites(session, sites)
    yield from own_lines(session, span(session))
    yield from functions(session, span(session))
    yield from _attribution(session)
    yield from goroutines(session)
    yield from gc(session)
    yield from allocator(session)
    yield from _notes(session)


def _head(session: Session) -> Iterator[str]:
    target = session.target
    if target is None:
        yield "no service"
        return
    state = ending_text(session.ending) if session.ending else session.phase.value
    yield f"{target.program}  pid {target.pid}  {target.go_version}  {state}"
    since = "since gotop attached" if target.attached else "since its start"
    if target.sample_only:
        since = f"nothing hooked; totals since its start, {units.age(session.seconds)} ago"
    yield f"watched for {units.span(seconds(session))}, {since}"


def _totals(session: Session) -> Iterator[str]:
    totals, rate = session.totals(), session.rate(span(session))
    yield ""
    yield f"allocations  {units.count(totals.allocs):>9}  {units.count_rate(rate.allocs):>11}"
    yield f"bytes        {units.size(totals.bytes):>9}  {units.size_rate(rate.bytes):>11}"
    if session.target and session.target.sample_only:
        yield f"call sites   {'sampled':>9}  by the runtime, {sampling_text(session.target.rate)}: ≈ are estimates"
        return
    yield f"rounding     {units.size(totals.waste):>9}  added by size classes"
    of_bytes = "" if totals.coverage_bytes is None else f", {units.percent(totals.coverage_bytes)} of its bytes"
    yield f"coverage     {units.percent(totals.coverage):>9}  of the runtime's own count{of_bytes}"
    if totals.unattributed:
        yield f"unattributed {units.count(totals.unattributed):>9}  counted without a stack"


def _sites(session: Session, limit: int) -> Iterator[str]:
    view = session.sites(SiteQuery(sort=SiteSort.BYTES, window=span(session), limit=limit))
    rows = list(view.rows)
    if not rows:
        return
    yield ""
    yield from table(
        ["bytes/s", "allocs/s", "bytes", "allocs", "average", "rounding", "share", "type", "call site"],
        [_site_cells(row) for row in rows],
        right=7,
    )
    if view.total_rows > len(rows):
        yield f"… and {view.total_rows - len(rows)} more call sites"
    yield "sizes are decimal: 1 MB = 10⁶ bytes (go tool pprof's MB is 2²⁰)"
    if any(not row.key.type for row in rows) and not is_unhooked(session):
        yield "type –: the runtime is asked for bytes there, as for strings and slices without pointers"
    if any(row.shortened for row in rows):
        yield f"{units.SHORTENED}: some stacks are kept shorter than they were; the site's figures are whole"


def _site_cells(row: SiteRow) -> list[str]:
    *amounts, share = _amount_cells(row)
    average = units.about(units.size(row.average), row.estimated)
    return [*amounts, average, units.size(waste(row)), share, row.key.type or "–", _site_text(row)]


def _attribution(session: Session) -> Iterator[str]:
    counted = session.attribution
    if counted.since is None:
        return
    labels = [(each.labels.text, each.row) for each in counted.labels()]
    creators = [(_site_text(row), row) for row in counted.creators()]
    for title, rows in (("pprof labels", labels), ("goroutines of the go statement in", creators)):
        yield ""
        yield from table(
            ["bytes/s", "allocs/s", "bytes", "allocs", "share", title],
            [[*_amount_cells(row), name] for name, row in rows[:ATTRIBUTED]],
            right=5,
        )
        if len(rows) > ATTRIBUTED:
            yield f"… and {len(rows) - ATTRIBUTED} more"


def _amount_cells(row: SiteRow) -> list[str]:
    figures = [
        units.size_rate(row.bytes_per_s),
        units.count_rate(row.allocs_per_s),
        units.size(row.bytes),
        units.count(row.allocs),
        units.percent(row.share),
    ]
    return [
        *(units.about(figure, row.estimated) for figure in figures),
    ]


def _site_text(row: SiteRow) -> str:
    place = place_text(plain_name(row.key.function), row.key.file, row.key.line)
    return f"{place} {units.SHORTENED}" if row.shortened else place


def _notes(session: Session) -> Iterator[str]:
    health = session.health()
    notes = [f"partial: {reason}" for reason in health.partial]
    if len(health.modes) > 1:
        first, *later = health.modes
        modes = ", ".join([first.mode, *(f"{each.mode} from {units.span(each.at)} on" for each in later)])
        kept = f", with a budget of {units.percent(health.budget)}" if health.budget else ""
        notes.append(f"the mode changed: {modes}{kept}; ≈ are estimates")
    if health.lost_events:
        notes.append(f"{health.lost_events} events were lost: pauses are not complete")
    if health.notice:
        notes.append(health.notice)
    if cost := _cost(health):
        notes.append(cost)
    if notes:
        yield ""
        yield from notes


def _cost(health: Health) -> str:
    """What being watched has cost; nothing where nothing is hooked, or it is not known."""
    price = health.price_all
    if not price.share and not price.measured:
        return ""
    why = "" if price.measured or not health.price_why else f": {health.price_why}"
    share = units.interval(price.share, price.low, price.high)
    agent = f"the agent has used {units.span(health.agent_cpu_s)} of CPU time beside it"
    return f"the hooks took {share} of the service's CPU time{why}; {agent}"
