"""How far a session's figures can be trusted: what is missing in them, as texts for people, and how the agent fares."""

from __future__ import annotations

from collections.abc import Iterator

from gotop.agent import protocol
from gotop.model.counts.sampling import sample_only_notice
from gotop.model.status.connection import ConnectionState
from gotop.model.status.values import Health, Target


def shortcomings(
    target: Target | None, hello: protocol.Hello | None, runtime: protocol.RuntimeStat,
    unattributed: str, undefined: int,
) -> Iterator[str]:  # fmt: skip
    """Yield everything that is not counted in full, and why. `unattributed`: why nothing is known about who allocates;
    `undefined`: number of stacks that were counted and never described.
    """
    if target and target.sample_only:
        yield sample_only_notice(target.rate)
    yield from hello.partial if hello else ()
    yield from runtime.missing
    if unattributed:
        yield unattributed
    if undefined:
        yield f"the agent counted {undefined} stacks that it never described"


def health(agent: protocol.AgentStat, standing: ConnectionState, stacks: int, partial: tuple[str, ...]) -> Health:
    """Return what the agent says of itself, and what the session knows of the stream."""
    return Health(
        partial=partial,
        lag_ms=agent.lag_ms,
        agent_cpu_s=agent.cpu_ns / 1e9,
        agent_rss=agent.rss,
        table_bytes=agent.table_bytes,
        viewers=agent.viewers,
        lost_events=standing.lost_events,
        stale_s=standing.stale_s(),
        stacks=stacks,
        notice=standing.notice,
        overhead=agent.overhead,
        budget=agent.budget,
    )
