"""Readings relative to the first one of a session: a report covers what it has watched, not what was counted before."""

from __future__ import annotations

from dataclasses import fields, replace

from gotop.agent import protocol

_SUMS = tuple(field.name for field in fields(protocol.AgentTotals) if field.name != "stacks")


class FirstReading:
    """The sums of the first reading, and of the first one of the runtime."""

    def __init__(self, tick: protocol.Tick) -> None:
        self._totals = tick.totals
        self._runtime: protocol.RuntimeStat | None = None

    def is_before(self, tick: protocol.Tick) -> bool:
        """Whether a reading continues this one: after another agent has placed hooks anew, counters are lower."""
        return all(getattr(tick.totals, name) >= getattr(self._totals, name) for name in _SUMS)

    def relative(self, tick: protocol.Tick) -> protocol.Tick:
        """Return a reading with the agent's sums, and what the runtime had counted, since the first."""
        since = {name: getattr(tick.totals, name) - getattr(self._totals, name) for name in _SUMS}
        return replace(tick, totals=replace(tick.totals, **since), runtime=self._of_runtime(tick.runtime))

    def _of_runtime(self, now: protocol.RuntimeStat | None) -> protocol.RuntimeStat | None:
        if now is None:
            return None
        first = self._runtime = self._runtime or now
        return replace(
            now,
            base_mallocs=first.mallocs,
            base_alloc_bytes=first.alloc_bytes,
            hooked=_since(now.hooked, first.hooked),
            hooked_bytes=_since(now.hooked_bytes, first.hooked_bytes),
            slack=(now.slack or 0) + (first.slack or 0),
            slack_bytes=(now.slack_bytes or 0) + (first.slack_bytes or 0),
        )


def _since(now: int | None, first: int | None) -> int | None:
    return None if now is None or first is None else now - first
