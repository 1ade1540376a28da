"""What the model costs: `python -m tests.bench.model_cost [sites] [stacks]` prints milliseconds of CPU.

Every stack changes in every tick, 10 ticks a second; 4 frames a second ask for the sorted sites and make 60 rows.
Ticks come as agents send them where most stacks change (a run), and as a list, which is for when few do.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from gotop.agent.protocol import (
    AgentStat,
    AgentTotals,
    Hello,
    PcFrames,
    RuntimeStat,
    StackDef,
    Stacks,
    SymbolFrame,
    Symbols,
    Tick,
    TypeName,
    agent_decoder,
    encode,
)  # fmt: skip
from gotop.model.queries import SiteQuery, SiteSort, StackQuery, Window
from gotop.model.session import Session
from tests.streams import flat, run

TICKS = 700
DEPTH = 20


def hello() -> Hello:
    return Hello(
        1, "bench", 1, 2, "/bin/x", "id", (), "/", "go1.26.8", "amd64", False, False, 0, 0, 0, "files", (), (), "exact",
        64, 100,
    )  # fmt: skip


def definitions(sites: int, stacks: int) -> tuple[Symbols, Stacks]:
    frames = [PcFrames(0, (SymbolFrame("runtime.mallocgc", "/go/src/runtime/malloc.go", 1, False),))]
    for pc in range(1, sites + DEPTH + stacks):
        name = f"example.com/service/package{pc % 97}.(*Type{pc % 31}).Method{pc}"
        frames.append(PcFrames(pc, (SymbolFrame(name, f"/home/u/service/file{pc % 211}.go", pc, False),)))
    types = tuple(TypeName(addr, f"map[string]*package{addr}.Type") for addr in range(1, 200))
    defs = []
    for stack in range(stacks):
        callers = range(sites + stack % 5, sites + stack % 5 + DEPTH - 3)
        defs.append(
            StackDef(
                stack, 0, 1 + stack % sites % 199, (0, 1 + stack % sites, *callers, sites + DEPTH + stack - 1), False
            )
        )
    return Symbols(tuple(frames), types), Stacks(tuple(defs))


def ticks(stacks: int, as_run: bool) -> list[bytes]:
    packed = []
    for seq in range(1, TICKS + 1):
        counted = {n: (1 + (n * seq) % 13, 16 * (1 + (n * seq) % 400), 8) for n in range(stacks)}
        changed = ((), run(counted)) if as_run else (flat(counted), None)
        totals = AgentTotals(seq * stacks, seq * stacks * 3200, seq * stacks * 8, 0, 0, stacks, seq, 0, 0, 0)
        runtime = RuntimeStat(seq * 100_000_000, seq * stacks, 0, 0, 0, 0, seq * stacks)
        at, agent = seq * 100_000_000, AgentStat(0, 0, 0, 1, 0)
        packed.append(encode(Tick(seq, at, 100_000_000, changed[0], totals, runtime, agent, changed[1])))
    return packed


def begun(sites: int, stacks: int) -> Session:
    """A session that knows what the stacks are."""
    session = Session()
    session.apply(hello())
    for message in definitions(sites, stacks):
        start = time.process_time()
        session.apply(message)
        print(f"{type(message).__name__:20} {(time.process_time() - start) * 1e3:8.1f} ms once")
    return session


def fed(session: Session, packed: list[bytes]) -> None:
    """Give it all ticks, and say what that cost."""
    decoder, decode, apply = agent_decoder(), 0.0, 0.0
    for data in packed:
        start = time.process_time()
        (message,) = decoder.feed(data)
        middle = time.process_time()
        session.apply(message)
        decode += middle - start
        apply += time.process_time() - middle
    per_tick = 1e3 / TICKS
    print(f"{len(packed[-1])} bytes a tick")
    print(f"{'decode a tick':20} {decode * per_tick:8.2f} ms, at 10 Hz {decode * per_tick:.1f} % of a core")
    print(f"{'apply a tick':20} {apply * per_tick:8.2f} ms, at 10 Hz {apply * per_tick:.1f} % of a core")


def timed(what: Callable[[], object], times: int = 20) -> float:
    """Median milliseconds."""
    spans = []
    for _ in range(times):
        start = time.process_time()
        what()
        spans.append(time.process_time() - start)
    return sorted(spans)[times // 2] * 1e3


def main() -> None:
    sites = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    stacks = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    print(f"{sites} sites, {stacks} stacks, as lists")
    fed(begun(sites, stacks), ticks(stacks, as_run=False))
    print("as runs")
    session = begun(sites, stacks)
    fed(session, ticks(stacks, as_run=True))
    for window in Window:
        cost = timed(lambda w=window: session.sites(SiteQuery(window=w, limit=60)).rows[:60])
        print(
            f"{'sites ' + window.name:20} {cost:8.2f} ms a frame (limit 60), at 4 frames/s {cost * 0.4:.1f} % of a core"
        )
    for sort in (SiteSort.BYTES_PER_S, SiteSort.AVERAGE, SiteSort.FUNCTION):
        cost = timed(lambda s=sort: session.sites(SiteQuery(sort=s)).rows[:60])
        print(f"{'all by ' + sort.name:20} {cost:8.2f} ms a frame")
    cost = timed(lambda: session.sites(SiteQuery(filter="method77")).rows[:60])
    print(f"{'filtered':20} {cost:8.2f} ms a frame")
    key = session.sites(SiteQuery()).rows[0].key
    print(f"{'index_of':20} {timed(lambda: session.sites(SiteQuery()).index_of(key)):8.2f} ms with a new view")
    print(f"{'stacks of a site':20} {timed(lambda: session.stacks(key, StackQuery())):8.2f} ms")
    print(f"{'callers of a site':20} {timed(lambda: session.callers(key)):8.2f} ms")
    status = Path("/proc/self/status").read_text()
    print(next(line for line in status.splitlines() if line.startswith("VmRSS")))


if __name__ == "__main__":
    main()
