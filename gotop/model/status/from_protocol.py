"""Messages made into values of the model."""

from __future__ import annotations

from dataclasses import replace

from gotop.agent import protocol
from gotop.model.status.values import Ending, GoroutineTotals, Heap, Process, Target, Totals

NO_TOTALS = protocol.AgentTotals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
NO_AGENT = protocol.AgentStat(0, 0, 0.0, 0, 0)
NO_RUNTIME = protocol.RuntimeStat(0)


def difference(now: int | None, before: int | None) -> int | None:
    """Return the difference, None if either could not be read."""
    return None if now is None or before is None else now - before


def target(hello: protocol.Hello) -> Target:
    """Return the service and how it is watched."""
    return Target(
        pid=hello.pid,
        agent_pid=hello.agent_pid,
        exe=hello.exe,
        args=hello.args,
        cwd=hello.cwd,
        go_version=hello.go_version,
        build_id=hello.build_id,
        arch=hello.arch,
        pie=hello.pie,
        stripped=hello.stripped,
        output=hello.output,
        attached=hello.attached,
        hooks=hello.hooks,
        mode=hello.mode,
        depth=hello.depth,
        interval_ms=hello.interval_ms,
        started_unix=(hello.unix + hello.started - hello.mono) / 1e9,
        rate=hello.rate,
        sample_only=hello.mode == protocol.SAMPLE_ONLY,
    )


def changed(hello: protocol.Hello, settings: protocol.Settings) -> protocol.Hello:
    """Return what the agent's greeting would be after a change of settings."""
    now = settings
    return replace(hello, mode=now.mode, depth=now.depth, interval_ms=now.interval_ms, rate=now.rate)


def totals(
    counted: protocol.AgentTotals, runtime: protocol.RuntimeStat, before: protocol.RuntimeStat = NO_RUNTIME
) -> Totals:
    """Return the agent's counts beside the runtime's own; `before`: its figures of some seconds ago."""
    allocs = difference(runtime.mallocs, runtime.base_mallocs)
    size = difference(runtime.alloc_bytes, runtime.base_alloc_bytes)
    return Totals(
        allocs=counted.allocs,
        bytes=counted.bytes,
        waste=counted.waste,
        runtime_allocs=allocs,
        runtime_bytes=size,
        coverage=_coverage(runtime.hooked, allocs, runtime.slack),
        coverage_bytes=_coverage(runtime.hooked_bytes, size, runtime.slack_bytes),
        unattributed=counted.unattributed,
        unattributed_bytes=counted.unattributed_bytes,
        counted=counted.counted,
        coverage_now=_coverage(
            difference(runtime.hooked, before.hooked),
            difference(runtime.mallocs, before.mallocs),
            (runtime.slack or 0) + (before.slack or 0),
        ),
    )


def _coverage(hooked: int | None, counted: int | None, slack: int | None) -> float | None:
    """Return the hooked count over the runtime's own: 1 if they differ by no more than two readings that are not of the
    very same instant may (`slack`).
    """
    if not counted or hooked is None:
        return None
    return 1.0 if abs(hooked - counted) <= (slack or 0) else hooked / counted


def goroutines(
    counted: protocol.AgentTotals, runtime: protocol.RuntimeStat, age_s: float | None, created_per_s: float,
    hooked: bool = True,
) -> GoroutineTotals:  # fmt: skip
    """Return goroutines created, as the hooks count them, beside those that live, as the runtime says. `hooked`: there
    are hooks.
    """
    return GoroutineTotals(
        live=runtime.goroutines,
        created=counted.gos if hooked else None,
        created_per_s=created_per_s if hooked else None,
        stacks_new=counted.malgs if hooked else None,
        stack_bytes_new=counted.malg_bytes if hooked else None,
        stack_copies=counted.copies if hooked else None,
        stack_inuse=runtime.stack_inuse,
        threads=runtime.threads,
        gomaxprocs=runtime.gomaxprocs,
        age_s=age_s,
    )


def heap(runtime: protocol.RuntimeStat, age_s: float | None, cycles_per_min: float | None) -> Heap:
    """Return the garbage collector's figures."""
    return Heap(
        live=runtime.heap_live,
        goal=runtime.heap_goal,
        marked=runtime.heap_marked,
        cycles=runtime.num_gc,
        pause_total_ns=runtime.pause_total_ns,
        allocated=runtime.mallocs,
        freed=runtime.frees,
        cycles_per_min=cycles_per_min,
        age_s=age_s,
    )


def process(proc: protocol.Proc | None, age_s: float | None) -> Process:
    """Return the operating system's figures."""
    if proc is None:
        return Process(None, None, None, None)
    return Process(proc.cpu_percent, proc.rss, proc.threads, proc.fds, age_s)


def ending(ended: protocol.Ended, started: int) -> Ending:
    """Return how the service ended. `started`: agent time (ns) of its start."""
    return Ending((ended.at - started) / 1e9, ended.code, ended.signal, ended.core, ended.by_us, ended.detached)


def went_back(before: protocol.AgentTotals, after: protocol.AgentTotals) -> bool:
    """Whether counters began again: as long as the same tables are read, they only grow."""
    return after.allocs < before.allocs or after.bytes < before.bytes or after.gos < before.gos


def amounts(before: protocol.AgentTotals, after: protocol.AgentTotals) -> dict[str, float]:
    """Return what was counted between two readings, by the names of `gotop.model.status.time_series.FLOWS`."""
    return {name: getattr(after, name) - getattr(before, name) for name in ("allocs", "bytes", "gos")}
