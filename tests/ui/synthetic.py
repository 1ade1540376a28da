"""A deterministic stream of messages of a Go service that never ran: HTTP, JSON, a cache, a database."""

# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import sin

from gotop.agent import protocol

S = 1_000_000_000
START = 5_000 * S
GOROOT, MODULE = "/usr/local/go/src/", "/home/ann/shop/"

SERVE = ["net/http.(*conn).serve net/http/server.go 2102", "runtime.goexit runtime/asm_amd64.s 1700"]
HANDLE = [
    "main.(*api).listOrders cmd/shopd/orders.go 88",
    "net/http.HandlerFunc.ServeHTTP net/http/server.go 2322 inlined",
    "net/http.(*ServeMux).ServeHTTP net/http/server.go 2861",
    "net/http.serverHandler.ServeHTTP net/http/server.go 3340",
    *SERVE,
]
DECODE = [
    "encoding/json.(*decodeState).value encoding/json/decode.go 391",
    "encoding/json.(*decodeState).unmarshal encoding/json/decode.go 183",
    "encoding/json.Unmarshal encoding/json/decode.go 113",
    "main.(*api).createOrder cmd/shopd/orders.go 41",
    *HANDLE[1:],
]
NEW, SLICE, STRING = (
    "runtime.newobject runtime/malloc.go 1714",
    "runtime.makeslice runtime/slice.go 116",
    "runtime.rawstring runtime/string.go 310",
)
MALLOC = "runtime.mallocgc runtime/malloc.go 1040"

STACKS: list[tuple[str, float, int, list[str]]] = [
    ("map[string]interface {}", 4200, 272, [MALLOC, NEW, "encoding/json.(*decodeState).object encoding/json/decode.go 661", *DECODE]),
    ("map[string]interface {}", 900, 272, [
        MALLOC, NEW, "encoding/json.(*decodeState).object encoding/json/decode.go 661",
        "encoding/json.(*decodeState).value encoding/json/decode.go 391",
        "encoding/json.(*decodeState).array encoding/json/decode.go 560", *DECODE]),
    ("string", 18800, 22, [MALLOC, STRING, "encoding/json.(*decodeState).literalStore encoding/json/decode.go 966",
                           "encoding/json.(*decodeState).object encoding/json/decode.go 784", *DECODE]),
    ("[]uint8", 2600, 4096, [MALLOC, SLICE, "bufio.NewReaderSize bufio/bufio.go 57", "net/http.newBufioReader net/http/server.go 873", *SERVE]),
    ("[]uint8", 1900, 1510, [MALLOC, "runtime.growslice runtime/slice.go 265", "bytes.(*Buffer).grow bytes/buffer.go 151",
                             "bytes.(*Buffer).Write bytes/buffer.go 179 inlined", "encoding/json.Marshal encoding/json/encode.go 171", *HANDLE]),
    ("main.Order", 7400, 96, [MALLOC, NEW, "main.(*store).scan cmd/shopd/store.go 132", "main.(*store).list cmd/shopd/store.go 97", *HANDLE]),
    ("[]main.Order", 350, 9472, [MALLOC, "runtime.growslice runtime/slice.go 265", "main.(*store).list cmd/shopd/store.go 104", *HANDLE]),
    ("net/http.Request", 2600, 248, [MALLOC, NEW, "net/http.readRequest net/http/request.go 1099", "net/http.(*conn).readRequest net/http/server.go 1056", *SERVE]),
    ("net/http.response", 2600, 296, [MALLOC, NEW, "net/http.(*conn).readRequest net/http/server.go 1093", *SERVE]),
    ("net/textproto.MIMEHeader", 2600, 48, [MALLOC, NEW, "net/textproto.readMIMEHeader net/textproto/reader.go 508",
                                            "net/http.readRequest net/http/request.go 1131", *SERVE]),
    ("[]string", 11800, 16, [MALLOC, SLICE, "net/textproto.readMIMEHeader net/textproto/reader.go 514", "net/http.readRequest net/http/request.go 1131", *SERVE]),
    ("context.cancelCtx", 2600, 96, [MALLOC, NEW, "context.withCancel context/context.go 268", "context.WithCancel context/context.go 236 inlined",
                                     "net/http.(*conn).serve net/http/server.go 2024", SERVE[1]]),
    ("github.com/redis/go-redis/v9.StringCmd", 1300, 152, [
        MALLOC, NEW, "github.com/redis/go-redis/v9.NewStringCmd github.com/redis/go-redis/v9/command.go 1311",
        "github.com/redis/go-redis/v9.cmdable.Get github.com/redis/go-redis/v9/string_commands.go 62", "main.(*cache).get cmd/shopd/cache.go 33", *HANDLE]),
    ("time.Timer", 640, 104, [MALLOC, NEW, "time.NewTimer time/sleep.go 146", "main.(*cache).get cmd/shopd/cache.go 29", *HANDLE]),
    ("", 210, 65536, [MALLOC, SLICE, "compress/flate.NewWriter compress/flate/deflate.go 668", "compress/gzip.(*Writer).Write compress/gzip/gzip.go 191", *HANDLE]),
    ("interface {}", 3100, 16, [MALLOC, "runtime.convTstring runtime/iface.go 396", "fmt.Sprintf fmt/print.go 239", "main.key cmd/shopd/cache.go 18 inlined", *HANDLE]),
    ("main.Set[go.shape.string]", 90, 48, [MALLOC, NEW, "main.NewSet[...] cmd/shopd/set.go 12", *HANDLE]),
    ("runtime.sudog", 0.4, 96, [MALLOC, "runtime.acquireSudog runtime/proc.go 541", "runtime.main runtime/proc.go 283", SERVE[1]]),
]  # fmt: skip
GO_STACKS: list[tuple[str, float, list[str]]] = [
    (
        "net/http.(*conn).serve",
        260,
        ["net/http.(*Server).Serve net/http/server.go 3454", "main.main cmd/shopd/main.go 61"],
    ),
    (
        "net/http.(*connReader).backgroundRead",
        2600,
        ["net/http.(*connReader).startBackgroundRead net/http/server.go 681", *SERVE],
    ),
    ("main.(*cache).refresh.func1", 64, ["main.(*cache).refresh cmd/shopd/cache.go 71", *HANDLE]),
    ("main.main.func1", 0.0, ["main.main cmd/shopd/main.go 52", "runtime.main runtime/proc.go 283"]),
]


@dataclass
class Service:
    """The service and the agent's counts of it."""

    extra_sites: int = 0
    interval_ms: int = 100
    partial: tuple[str, ...] = ()
    coverage: float = 1.0
    seq: int = 0
    pcs: dict[str, int] = field(default_factory=dict)
    counts: dict[int, float] = field(default_factory=dict)
    totals: list[int] = field(default_factory=lambda: [0, 0, 0])
    gos: int = 0
    cycles: int = 0

    def opening(self) -> Iterator[protocol.AgentMessage]:
        """Hello, names, stacks."""
        yield self.hello()
        stacks = self.stacks()
        yield protocol.Symbols(
            tuple(protocol.PcFrames(pc, (_frame(text),)) for text, pc in self.pcs.items()), self.types()
        )
        yield protocol.Stacks(tuple(stacks))

    def hello(self) -> protocol.Hello:
        return protocol.Hello(
            proto=1, agent="0.1.0", pid=48213, agent_pid=48190, exe="/home/ann/shop/shopd", build_id="x", args=("shopd", "-addr=:8080"),
            cwd="/home/ann/shop", go_version="go1.26.8", arch="amd64", pie=False, stripped=False, started=START, mono=START,
            unix=1_790_000_000 * S, output="files", hooks=("runtime.mallocgc", "runtime.newproc1"), partial=self.partial, mode="exact",
            depth=64, interval_ms=self.interval_ms,
        )  # fmt: skip

    def all_stacks(self) -> list[tuple[str, float, int, list[str]]]:
        more = [
            (f"pkg{n % 37}.T{n % 211}", 3.0 + n % 97, 16 * (1 + n % 40),
             [MALLOC, NEW, f"example.com/big/pkg{n % 37}.(*Worker).Step{n} pkg{n % 37}/step.go {n + 10}", *HANDLE])
            for n in range(self.extra_sites)
        ]  # fmt: skip
        return STACKS + more

    def stacks(self) -> list[protocol.StackDef]:
        defs = []
        for number, (kind, _, _, frames) in enumerate(self.all_stacks()):
            defs.append(
                protocol.StackDef(number, protocol.HEAP, self.type_address(kind), tuple(map(self.pc, frames)), False)
            )
        for number, (starts, _, frames) in enumerate(GO_STACKS):
            defs.append(
                protocol.StackDef(
                    100_000 + number, protocol.GO, self.type_address(starts), tuple(map(self.pc, frames)), False
                )
            )
        return defs

    def pc(self, frame: str) -> int:
        return self.pcs.setdefault(frame, 0x401000 + 16 * len(self.pcs))

    def type_address(self, name: str) -> int:
        return 0 if not name else self.pc("type " + name)

    def types(self) -> tuple[protocol.TypeName, ...]:
        return tuple(protocol.TypeName(pc, text[5:]) for text, pc in self.pcs.items() if text.startswith("type "))

    def tick(self) -> list[protocol.AgentMessage]:
        """The next reading."""
        self.seq += 1
        seconds = self.seq * self.interval_ms / 1000
        span = self.interval_ms / 1000
        wave = 1.0 + 0.35 * sin(seconds / 5.0) + 0.15 * sin(seconds / 1.3) + (0.8 if 20 < seconds % 41 < 24 else 0.0)
        deltas: list[int] = []
        for number, (_, rate, size, _) in enumerate(self.all_stacks()):
            own = wave * (1.0 + 0.4 * sin(seconds / 3.0 + number))
            count = self._whole(number, rate * own * span)
            if count:
                waste = count * (-size % 16)
                deltas += [number, count, count * size, waste]
                self.totals = [self.totals[0] + count, self.totals[1] + count * size, self.totals[2] + waste]
        for number, (_, rate, _) in enumerate(GO_STACKS):
            count = self._whole(100_000 + number, rate * wave * span) + (1 if self.seq == 1 else 0)
            if count:
                self.gos += count
                deltas += [100_000 + number, count, 0, 0]
        at = START + int(seconds * S)
        tick = protocol.Tick(
            self.seq,
            at,
            int(span * S),
            tuple(deltas),
            self._agent_totals(),
            self._runtime(at, seconds),
            protocol.AgentStat(int(seconds * 7e6), 14 << 20, 0.4, 1, 8 << 20),
        )
        return [*self._events(at, seconds), *self._process(at, wave, seconds), *self._log(seconds), tick]

    def run(self, seconds: float) -> Iterator[protocol.AgentMessage]:
        """Everything up to a second."""
        yield from self.opening()
        for _ in range(int(seconds * 1000 / self.interval_ms)):
            yield from self.tick()

    def ended(self, code: int | None = 0, signal: int | None = None, by_us: bool = False) -> protocol.Ended:
        return protocol.Ended(START + self.seq * self.interval_ms * 1_000_000, code, signal, False, by_us, False)

    def _whole(self, number: int, amount: float) -> int:
        self.counts[number] = self.counts.get(number, 0.0) + amount
        whole = int(self.counts[number])
        self.counts[number] -= whole
        return whole

    def _agent_totals(self) -> protocol.AgentTotals:
        allocs, size, waste = self.totals
        return protocol.AgentTotals(
            allocs, size, waste, 0, 0, len(STACKS), self.gos, self.gos // 9, self.gos // 9 * 8192, self.gos // 3
        )

    def _runtime(self, at: int, seconds: float) -> protocol.RuntimeStat:
        allocs, size, waste = self.totals
        live = 9_000_000 + int((seconds % 2.5) / 2.5 * 8_500_000)
        return protocol.RuntimeStat(
            at=at, mallocs=round(allocs / self.coverage), frees=int(allocs * 0.98), alloc_bytes=size + waste, base_mallocs=0, base_alloc_bytes=0,
            hooked=allocs, slack=0, heap_live=live, heap_goal=18_600_000, heap_marked=9_000_000, num_gc=int(seconds / 2.5),
            pause_total_ns=int(seconds * 30_000), goroutines=int(220 + 60 * sin(seconds / 7)), threads=11, gomaxprocs=8, stack_inuse=2_400_000,
        )  # fmt: skip

    def _events(self, at: int, seconds: float) -> Iterator[protocol.AgentMessage]:
        while self.cycles < int(seconds / 2.5):
            self.cycles += 1
            n = self.cycles
            sweep = protocol.Stw(at - 90_000_000, 2, 9_000 + 700 * (n % 7), 21_000 + 1_300 * (n % 11))
            mark = protocol.Stw(
                at - 60_000_000, 1, 12_000 + 900 * (n % 5), (48_000 + 5_000 * (n % 9)) * (30 if n % 13 == 4 else 1)
            )
            yield protocol.Events((sweep, mark), 0)

    def _process(self, at: int, wave: float, seconds: float) -> Iterator[protocol.AgentMessage]:
        if self.seq % max(1, 500 // self.interval_ms) == 0:
            yield protocol.Proc(at, round(96.0 * wave, 1), 47_300_000 + int(seconds * 20_000), 11, 27 + int(4 * wave))

    def _log(self, seconds: float) -> Iterator[protocol.AgentMessage]:
        before = int((seconds - self.interval_ms / 1000) * 4)
        for n in range(before, int(seconds * 4)):
            text = _log_line(n)
            fd = 2 if n % 9 == 4 else 1
            yield protocol.Log(fd, self._offset(fd, len(text)), text)

    def _offset(self, fd: int, length: int) -> int:
        now = int(self.counts.get(-fd, 0))
        self.counts[-fd] = now + length
        return now


def _log_line(n: int) -> bytes:
    stamp = f"10:14:{n // 4 % 60:02}.{n % 4 * 250:03}"
    if n % 9 == 4:
        return f"\x1b[90m{stamp}\x1b[0m \x1b[33mWARN\x1b[0m  cache miss rate \x1b[1m{12 + n % 17} %\x1b[0m shard={n % 8}\n".encode()
    return f"\x1b[90m{stamp}\x1b[0m \x1b[32mINFO\x1b[0m  POST /orders 201 in {3 + n % 14} ms  bytes={900 + n * 37 % 4000}\n".encode()


def _frame(text: str) -> protocol.SymbolFrame:
    if text.startswith("type "):
        return protocol.SymbolFrame(text[5:], "", 0, False)
    function, file, line, *inlined = text.split(" ")
    root = (
        MODULE
        if file.startswith(("cmd/", "pkg"))
        else "/home/ann/go/pkg/mod/"
        if "." in file.partition("/")[0]
        else GOROOT
    )
    return protocol.SymbolFrame(function, root + file, int(line), bool(inlined))


def partial(service: Service) -> Service:
    """The same with an allocator that was inlined in places."""
    return replace(
        service,
        partial=(
            "Profile-guided optimisation inlined runtime.mallocgc into bytes.growSlice: allocations made there are not "
            "counted. Build with -pgo=off to see everything.",
        ),
        coverage=0.974,
    )
