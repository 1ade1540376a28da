"""Streams made by hand and by hypothesis, and sessions of them, for tests of protocol, model, recordings, screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from gotop.agent.protocol import (
    AgentStat,
    AgentTotals,
    DeltaColumns,
    Ended,
    Events,
    Hello,
    Log,
    Message,
    PcFrames,
    Proc,
    RuntimeStat,
    StackDef,
    Stacks,
    Stw,
    SymbolFrame,
    Symbols,
    Tick,
    TypeName,
)
from gotop.model.session import Session

SECOND = 1_000_000_000
START = 100 * SECOND
"""Agent time at which the hooks of hand-made streams are placed."""

Counted = dict[int, tuple[int, int, int]]
"""Stack id → objects, bytes, waste."""

FUNCTIONS = ("runtime.mallocgc", "main.a", "main.b", "main.main")
MALLOC, A, B, MAIN = 1, 2, 3, 4
"""The functions of `three_stacks`, and their addresses."""


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def hello(**changes: object) -> Hello:
    plain = Hello(
        proto=1, agent="0.1.0", pid=4242, agent_pid=4240, exe="/srv/service", build_id="abc", args=("./service",),
        cwd="/srv", go_version="go1.26.8", arch="amd64", pie=False, stripped=False, started=START, mono=START,
        unix=1_790_000_000 * SECOND, output="files", hooks=("runtime.mallocgc",), partial=(), mode="exact", depth=64,
        interval_ms=100,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def flat(counted: Counted) -> tuple[int, ...]:
    return tuple(number for id_, counts in counted.items() for number in (id_, *counts))


def run(counted: Counted) -> DeltaColumns:
    """What changed as one run, as agents make it."""
    first, last = min(counted), max(counted)
    rows = [counted.get(id_, (0, 0, 0)) for id_ in range(first, last + 1)]
    columns = []
    for column in zip(*rows, strict=True):
        width = (max(column).bit_length() + 7) // 8
        columns.append(b"".join(value.to_bytes(width, "little") for value in column))
    return DeltaColumns(first, len(rows), *columns)


def totals(counted: Iterable[tuple[int, int, int]] = (), **changes: int) -> AgentTotals:
    allocs, size, waste = (sum(column) for column in zip((0, 0, 0), *counted, strict=True))
    return replace(AgentTotals(allocs, size, waste, 0, 0, 0, 0, 0, 0, 0), **changes)


def tick(
    at: float,
    deltas: Counted | None = None,
    total: AgentTotals | None = None,
    dur: float = 0.1,
    seq: int = 1,
    runtime: RuntimeStat | None = None,
) -> Tick:
    """A tick `at` seconds after the hooks were placed."""
    deltas = deltas or {}
    return Tick(
        seq, START + round(at * SECOND), round(dur * SECOND), flat(deltas), total or totals(deltas.values()), runtime,
        AgentStat(0, 0, 0.0, 1, 0),
    )  # fmt: skip


def names(functions: Sequence[str], types: Sequence[str] = ()) -> Symbols:
    """PCs 1, 2, … in functions of these names, types at 1001, 1002, …"""
    frames = tuple(
        PcFrames(pc, (SymbolFrame(name, f"/src/{name}.go", 10 * pc, False),)) for pc, name in enumerate(functions, 1)
    )
    return Symbols(frames, tuple(TypeName(1000 + number, name) for number, name in enumerate(types, 1)))


def stack(id_: int, *pcs: int, kind: int = 0, type: int = 0, cut: bool = False) -> StackDef:
    return StackDef(id_, kind, type, pcs, cut)


def three_stacks(**changes: object) -> list[Message]:
    """The beginning of a stream: stacks 0 and 1 allocate `main.T` in main.a, stack 2 allocates in main.b."""
    through_a = stack(0, MALLOC, A, MAIN, type=1001), stack(1, MALLOC, A, B, MAIN, type=1001)
    return [hello(**changes), names(FUNCTIONS, ["main.T"]), Stacks((*through_a, stack(2, MALLOC, B, MAIN)))]


def session_of(
    messages: Iterable[Message], clock: Callable[[], float] | None = None, from_first_reading: bool = False
) -> Session:
    """A session that has been told all of them. Without a clock, no time passes."""
    session = Session(clock or Clock(), from_first_reading)
    for message in messages:
        session.apply(message)
    return session


@st.composite
def live_streams(draw: st.DrawFn, connections: int = 2) -> list[Message]:
    """What a session sees of one agent over some connections: ids new each time, counters that only grow."""
    functions = ["runtime.mallocgc", "main.a", "main.b", "lib/x.C", "runtime.schedinit", "main.main"]
    stacks = draw(
        st.lists(
            st.tuples(st.integers(0, 3), st.sampled_from([0, 1001, 1002]), st.lists(st.integers(1, 7), max_size=5)),
            min_size=1, max_size=8, unique_by=str,
        )
    )  # fmt: skip
    counts = [[0, 0, 0] for _ in stacks]
    at, messages, offset = 0.0, list[Message](), 0
    for _ in range(draw(st.integers(1, connections))):
        ids = draw(st.permutations(range(len(stacks))))
        messages += [hello(), names(functions, ["main.T", "[]byte"])]
        defs = [StackDef(ids[i], kind, type_, tuple(pcs), False) for i, (kind, type_, pcs) in enumerate(stacks)]
        messages.append(Stacks(tuple(defs)))
        known = [[0, 0, 0] for _ in stacks]
        for seq in range(1, draw(st.integers(1, 6)) + 1):
            at += draw(st.sampled_from([0.02, 0.1, 0.5, 1.0, 7.0]))
            added = draw(st.binary(min_size=3 * len(stacks), max_size=3 * len(stacks)))
            for count, *bytes_ in zip(counts, added[::3], added[1::3], added[2::3], strict=True):
                # Nothing has bytes that has no objects; large numbers are as common as small ones.
                if bytes_[0]:
                    for column, byte in enumerate(bytes_):
                        count[column] += byte if byte % 3 else byte << 40
            deltas: Counted = {}
            for i, (now, before) in enumerate(zip(counts, known, strict=True)):
                if now != before:
                    deltas[ids[i]] = (now[0] - before[0], now[1] - before[1], now[2] - before[2])
            known = [list(count) for count in counts]
            total = totals([tuple(c) for c, s in zip(counts, stacks, strict=True) if s[0] == 0])  # type: ignore[misc]
            runtime = RuntimeStat(START, mallocs=total.allocs, base_mallocs=0, hooked=total.allocs, num_gc=seq)
            reading = tick(at, deltas, total, dur=at if seq == 1 else 0.1, seq=seq, runtime=runtime)
            if deltas and draw(st.booleans()):
                reading = replace(reading, deltas=(), run=run(deltas))
            messages.append(reading)
            if draw(st.booleans()):
                stop = Stw(START + round(at * SECOND), draw(st.integers(0, 20)), 5, 10)
                messages.append(Events((stop,), draw(st.integers(0, 2))))
            if draw(st.booleans()):
                data = draw(st.binary(min_size=1, max_size=20))
                messages.append(Log(1, offset, data))
                offset += len(data)
            if draw(st.booleans()):
                messages.append(Proc(START + round(at * SECOND), 12.5, 1 << 20, 5, None))
    if draw(st.booleans()):
        messages.append(Ended(START + round(at * SECOND), 0, None, False, False, False))
    return messages
