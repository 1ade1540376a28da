"""How far a session's figures can be trusted: what is missing in them, as texts for people, and how the agent fares."""

from __future__ import annotations

from collections.abc import Iterator

from gotop.agent import protocol
from gotop.model.counts.sampling import sample_only_notice
from gotop.model.status.connection import ConnectionState
from gotop.model.status.gauges import GaugeReading
from gotop.model.status.values import Health, ModeChange, Price, Target, Totals, is_whole

OLD_S = 2.0
"""From this age on, the runtime's figures are said to be old. The agent reads them four times a second; of readings
that are further apart, each has its own.
"""


def old_figures(age_s: float | None) -> float | None:
    """Return the age (s) of figures that are older than they should be, None where they are not, or there are none."""
    return age_s if age_s is not None and age_s >= OLD_S else None


def shortcomings(
    target: Target | None, partial: tuple[str, ...], reading: GaugeReading, totals: Totals,
    unattributed: str, undefined: int,
) -> Iterator[str]:  # fmt: skip
    """Yield everything that is not counted in full, and why. `partial`: what the agent says of that; `unattributed`:
    why nothing is known about who allocates; `undefined`: number of stacks that were counted and never described.
    """
    if target and target.sample_only:
        yield sample_only_notice(target.rate)
    yield from partial
    yield from reading.runtime_or_none.missing
    if old := old_figures(reading.runtime_age_s):
        yield f"the runtime's own figures could not be read for {round(old)} s: heap, cycles, coverage are from then"
    yield from uncovered(totals)
    if unattributed:
        yield unattributed
    if undefined:
        yield f"the agent counted {undefined} stacks that it never described"


def folded(stacks: int, chosen: str) -> Iterator[str]:
    """Yield a sentence where stacks are counted at their sites alone. `chosen`: the memory, if that was chosen."""
    if stacks:
        yield (
            f"{stacks:,} stacks are kept as their call site alone (cut, without callers): there is no room for more, "
            f"{chosen or 'by itself'}. Figures of sites are whole; give more with --memory, or keep fewer frames with "
            "--depth"
        )


def uncovered(totals: Totals) -> Iterator[str]:
    """Yield a sentence where the hooks' count is not the runtime's own, of objects or of bytes."""
    shares = ((totals.coverage, "allocations"), (totals.coverage_bytes, "allocated bytes"))
    gaps = [f"{100 * share:.4g} % of the {what}" for share, what in shares if share is not None and not is_whole(share)]
    if not gaps:
        return
    objects = totals.coverage is not None and not is_whole(totals.coverage)  # of bytes, the share of now is not known
    if objects and totals.coverage_now is not None and is_whole(totals.coverage_now):
        yield (
            f"The hooks have counted {' and '.join(gaps)} that the runtime itself counts, but all of the last ten "
            "seconds: they were off for a time, or what they cannot see was allocated then. It is in no site"
        )
        return
    over = any(share is not None and share > 1 for share, _ in shares)
    why = (
        "it reuses objects that are freed by hand without counting them again, or counts them elsewhere"
        if over
        else "some allocate past the allocator that is hooked: an arena, code that was loaded later, or an inlined "
        "allocator"
    )
    yield (
        f"The hooks have counted {' and '.join(gaps)} that the runtime itself counts: {why}. "
        f"What is {'counted too much is in the sites' if over else 'missing is in no site'}; the runtime's own totals "
        "are right"
    )


def health(
    agent: protocol.AgentStat,
    connection: ConnectionState,
    stacks: int,
    partial: tuple[str, ...],
    modes: tuple[ModeChange, ...],
) -> Health:
    """Return what the agent says of itself, and what the session knows of the stream."""
    return Health(
        partial=partial,
        lag_ms=agent.lag_ms,
        agent_cpu_s=agent.cpu_ns / 1e9,
        agent_rss=agent.rss,
        table_bytes=agent.table_bytes,
        viewers=agent.viewers,
        lost_events=connection.lost_events,
        stale_s=connection.stale_s(),
        age_s=connection.age_s(),
        stacks=stacks,
        notice=connection.notice,
        price=Price(agent.overhead, agent.overhead_low, agent.overhead_high),
        price_all=Price(agent.overhead_all, agent.overhead_all_low, agent.overhead_all_high),
        price_why=agent.overhead_why,
        budget=agent.budget,
        modes=modes,
    )
