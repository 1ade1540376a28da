"""The synthetic service with everything a runtime has: goroutines, stacks, collections, size classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gotop.agent import protocol
from tests.ui.synthetic import GO_STACKS, HANDLE, MALLOC, SERVE, START, S, Service, _frame

NEWPROC1 = "runtime.newproc1 runtime/proc.go 5100"
MAIN = ["runtime.main runtime/proc.go 283", SERVE[1]]
BOOT = "runtime.rt0_go runtime/asm_amd64.s 378"
BORN: list[tuple[int, list[str]]] = [
    (2048, ["runtime.malg runtime/proc.go 5000", NEWPROC1, "net/http.(*Server).Serve net/http/server.go 3454", *MAIN]),
    (2048, ["runtime.malg runtime/proc.go 5000", NEWPROC1, "main.(*cache).refresh cmd/shopd/cache.go 71", *SERVE]),
    (32768, ["runtime.malg runtime/proc.go 5000", "runtime.mpreinit runtime/os_linux.go 388", BOOT]),
    (2048, ["runtime.malg runtime/proc.go 5000", NEWPROC1, BOOT]),
]
COPIED: list[tuple[int, int, float, list[str]]] = [
    (2048, 4096, 200, ["net/http.(*conn).readRequest net/http/server.go 1056", *SERVE]),
    (4096, 8192, 150, ["encoding/json.(*decodeState).object encoding/json/decode.go 661", *SERVE]),
    (8192, 16384, 30, ["encoding/json.(*decodeState).object encoding/json/decode.go 661", *SERVE]),
    (16384, 8192, 4, ["internal/poll.(*FD).Read internal/poll/fd_unix.go 165", *SERVE]),
]
WAITS = ("", "GC assist marking", "IO wait", "chan receive", "select", "sleep", "GC worker (idle)")
LIVING = [
    (0, 4, 2, 212, 212 * 8192), (0, 4, 4, 9, 9 * 4096), (0, 2, 0, 2, 2 * 8192), (0, 3, 0, 1, 8192),
    (1, 4, 2, 180, 180 * 2048), (2, 4, 5, 16, 16 * 2048), (3, 4, 3, 1, 4096),
]  # fmt: skip
"""Goroutines by `go` statement: status, reason to wait, count, bytes of stack."""
PATHS = {1: protocol.SMALL_NOSCAN, 2: protocol.TINY, 14: protocol.LARGE}


@dataclass
class Busy(Service):
    """As the service, with a reading of all goroutines a second, and collections with all their figures."""

    readings: bool = True

    def opening(self) -> Iterator[protocol.AgentMessage]:
        for frame in (frame for _, frames in BORN for frame in frames):
            self.pc(frame)
        for frame in (frame for *_, frames in COPIED for frame in frames):
            self.pc(frame)
        yield from super().opening()
        frames = tuple(protocol.PcFrames(pc, (_frame(text),)) for text, pc in self.pcs.items())
        yield protocol.Symbols(frames, (), WAITS)

    def stacks(self) -> list[protocol.StackDef]:
        defs = [replace(each, path=PATHS.get(each.id, protocol.SMALL_SCAN)) if each.kind == protocol.HEAP else each
                for each in super().stacks()]  # fmt: skip
        defs += [
            protocol.StackDef(200_000 + number, protocol.MALG, 0, tuple(map(self.pc, frames)), False)
            for number, (_, frames) in enumerate(BORN)
        ]
        defs += [
            protocol.StackDef(300_000 + number, protocol.COPY, 0, tuple(map(self.pc, frames)), False)
            for number, (*_, frames) in enumerate(COPIED)
        ]
        return defs

    def tick(self) -> list[protocol.AgentMessage]:
        *others, tick = super().tick()
        assert isinstance(tick, protocol.Tick)
        deltas, span = list(tick.deltas), self.interval_ms / 1000
        for number, (size, _) in enumerate(BORN):
            count = self._whole(200_000 + number, 11 * span if number < 2 else 0) + (self.seq == 1)
            if count:
                deltas += [200_000 + number, count, count * size, 0]
        for number, (old, new, rate, _) in enumerate(COPIED):
            count = self._whole(300_000 + number, rate * span)
            if count:
                deltas += [300_000 + number, count, count * new, count * old]
        tick = replace(tick, deltas=tuple(deltas))
        if self.seq % max(1, 1000 // self.interval_ms) == 0:
            others += self.second(tick.at)
        return [*others, tick]

    def second(self, at: int) -> Iterator[protocol.AgentMessage]:
        """What comes once a second."""
        if self.readings:
            yield self.reading(at - S // 5)
        allocs = self.totals[0]
        flat = [number for size, share in ((16, 3), (48, 5), (96, 4), (288, 9), (4096, 30))
                for number in (size, allocs // share, allocs // share - 4000 // share)]  # fmt: skip
        yield protocol.SizeClasses(at, tuple(flat), allocs // 5, (allocs // 900, allocs // 900 * 65536, 3, 3 * 65536))

    def reading(self, at: int) -> protocol.GoroutineReading:
        """All goroutines."""
        rows = []
        for statement, status, wait, count, size in LIVING:
            starts, _, frames = GO_STACKS[statement]
            rows.append(protocol.GoroutineRow(self.pc(frames[0]), self.type_address(starts), status, wait, count, size))
        rows.append(protocol.GoroutineRow(0, self.type_address("main.main.func1"), 4, 6, 2, 4096))
        live = sum(row.count for row in rows)
        return protocol.GoroutineReading(at, 1_240_000, live, 5, 61, 61 * 2048, 0, 0, 0, tuple(rows), "")

    def _events(self, at: int, seconds: float) -> Iterator[protocol.AgentMessage]:
        before = self.cycles
        for message in super()._events(at, seconds):
            assert isinstance(message, protocol.Events)
            before += 1
            sweep, mark = message.stw
            begun, end = sweep.at - 30_000, mark.at
            gc = protocol.Gc(
                before, begun, sweep.at, end - 70_000, end, 17_100_000, 17_000_000 + 40_000 * (before % 9), 17_600_000,
                9_000_000 + 30_000 * (before % 7), 18_600_000, 420_000, 250_000, 1_200_000 + 90_000 * (before % 5),
                9_000_000, 500_000, 2_100_000, sweep.stopped_ns + mark.stopped_ns, 8, 8, 0.0123, before % 8 == 3,
            )  # fmt: skip
            yield replace(message, gc=(gc,))


__all__ = ["START", "Busy"]


class SimilarSites(Busy):
    """A service with sites that differ by nothing but their type, or their line."""

    def all_stacks(self) -> list[tuple[str, float, int, list[str]]]:
        scan, read = ("main.(*store).scan cmd/shopd/store.go", "net/textproto.readMIMEHeader net/textproto/reader.go")
        kinds = ("[]uint8", "*github.com/redis/go-redis/v9.StringCmd", "", "map[string]*main.Customer")
        longer = "main.(*averylongname).whoseNameIsLonger cmd/shopd/longer.go 1234"
        more = [*[(kind, f"{scan} 132") for kind in kinds], ("string", f"{scan} 139"), ("string", f"{read} 508"),
                ("main.Order", longer), ("main.Orders", longer)]  # fmt: skip
        return [*super().all_stacks(), *[(kind, 50.0, 64, [MALLOC, place, *HANDLE]) for kind, place in more]]
