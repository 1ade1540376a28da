"""Sessions of a small service, and readings of its runtime, for tests of what is kept about it."""

from __future__ import annotations

from gotop.agent.protocol import (
    Gc,
    GoroutineReading,
    GoroutineRow,
    Message,
)
from gotop.model.session import Session
from tests import streams
from tests.streams import SECOND, START, hello, names

FUNCTIONS = (
    "runtime.newproc.func1", "runtime.systemstack", "runtime.newproc", "main.serve", "main.main", "runtime.malg",
    "runtime.newproc1", "main.deep", "runtime.gcBgMarkStartWorkers", "runtime.gcStart", "runtime.mallocgc",
)  # fmt: skip
FUNC1, SYSTEM, NEWPROC, SERVE, MAIN, MALG_PC, NEWPROC1, DEEP, WORKERS, GCSTART, MALLOC = range(1, 12)
WORK, SCAVENGE, WORKER, T = 1001, 1002, 1003, 1004
TYPES = ("main.work", "runtime.bgscavenge", "runtime.gcBgMarkWorker", "main.T")


def session_of(*messages: Message, **changes: object) -> Session:
    return streams.session_of((hello(**changes), names(FUNCTIONS, TYPES), *messages))


def reading(*rows: GoroutineRow, system: int | None = None, missing: str = "") -> GoroutineReading:
    live = sum(row.count for row in rows)
    return GoroutineReading(START + SECOND, 5, live, system, 3, 4096, 0, 0, 0, rows, missing)


def gc(number: int, at: float, before: int = 4, marked: int = 1) -> Gc:
    begun, mark, term, end = (START + round((at + step / 1000) * SECOND) for step in range(4))
    return Gc(number, begun, mark, term, end, 5, before, 6, marked, 7, 8, 9, 10, 20, 3, 4, 50, 2, 4, 0.25, False)
