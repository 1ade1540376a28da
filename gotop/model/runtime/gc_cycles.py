"""Garbage collections, as the agent reads them from the runtime."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from gotop.agent.protocol import Gc
from gotop.model.runtime.gc_values import GcCycle

KEEP = 50_000


class GcCycles:
    """The last `KEEP` garbage collections."""

    def __init__(self) -> None:
        self._cycles: deque[GcCycle] = deque(maxlen=KEEP)
        self._last: Gc | None = None

    def add_cycles(self, cycles: Iterable[Gc], started: int) -> None:
        """Add cycles that are new: a new connection sends known ones again, and their numbers only grow. `started`:
        agent time (ns) of the service's start.
        """
        for cycle in cycles:
            last = self._last
            if last is not None and cycle.number <= last.number:
                continue
            self._last = cycle
            self._cycles.append(_cycle(cycle, started, last))

    def all_cycles(self) -> tuple[GcCycle, ...]:
        """Return all cycles that are kept, oldest first."""
        return tuple(self._cycles)

    def clear(self) -> None:
        """Forget all cycles: another service follows."""
        self._cycles.clear()
        self._last = None


def _rate(last: Gc | None, cycle: Gc) -> float | None:
    """Return bytes allocated a second between two cycles: all that the heap grew by, as only a cycle frees anything."""
    if last is None or cycle.number != last.number + 1 or cycle.sweep_term <= last.end:
        return None
    return max(0, cycle.before - last.marked) * 1e9 / (cycle.sweep_term - last.end)


def _cycle(cycle: Gc, started: int, last: Gc | None) -> GcCycle:
    return GcCycle(
        number=cycle.number,
        at=(cycle.sweep_term - started) / 1e9,
        ended=(cycle.end - started) / 1e9,
        sweep_term_ns=cycle.mark - cycle.sweep_term,
        mark_ns=cycle.mark_term - cycle.mark,
        mark_term_ns=cycle.end - cycle.mark_term,
        trigger=cycle.trigger or None,
        before=cycle.before,
        after=cycle.after,
        marked=cycle.marked,
        goal=cycle.goal,
        stacks=cycle.stacks,
        globals=cycle.globals,
        assist_ns=cycle.assist_ns,
        background_ns=cycle.dedicated_ns + cycle.fractional_ns,
        idle_ns=cycle.idle_ns,
        pause_ns=cycle.pause_ns,
        procs=cycle.procs,
        cpu_fraction=cycle.cpu_fraction,
        forced=cycle.forced,
        alloc_rate=_rate(last, cycle),
        since=(last.end - started) / 1e9 if last is not None and last.number + 1 == cycle.number else None,
    )
