"""Adds to the agent's stream what the agent does not know: symbols, and the process as the system sees it.

After that the stream says everything: a session or a recording needs neither Go nor the service nor its binary.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Protocol

import psutil

from gotop.agent.protocol import (
    COPY,
    GO,
    HEAP,
    MALG,
    SAMPLE,
    SAMPLE_ONLY,
    SITE_SAMPLE,
    THREAD_CREATOR,
    Attributes,
    Ended,
    Events,
    Failure,
    Functions,
    GoroutineReading,
    Hello,
    Message,
    PcFrames,
    Proc,
    StackDef,
    Stacks,
    SymbolFrame,
    Symbols,
    Tick,
    TypeName,
    Types,
)
from gotop.printable import without_surrogates
from gotop.source_location import SourceLocation

MOST_STACKS = 1_000
"""Stacks of a message that goes on: taking in as many takes some 10 ms."""

PROC_NS = 1_000_000_000
"""Time between two readings of the process."""


class FrameLike(SourceLocation, Protocol):
    """A logical frame as symbolizers give it."""

    @property
    def inlined(self) -> bool: ...


class SymbolSource(Protocol):
    """What is asked of a binary; `gotop.golang.symbols.Symbolizer` is one."""

    def frames(self, pc: int) -> Sequence[FrameLike]:
        """Logical frames of a return address, innermost first."""

    def function_at(self, pc: int) -> FrameLike:
        """The function whose code holds a PC."""

    def type_name(self, address: int) -> str:
        """Name of a type descriptor, "" if there is none."""

    def complete_stack(self, pcs: Sequence[int]) -> tuple[tuple[int, ...], bool]:
        """A physical stack with what frame pointers skip, and whether some of it is missing nevertheless."""

    def type_identity(self, address: int) -> tuple[str, int]:
        """That name with the import path of its package, and the descriptor's hash: what tells types of one name apart.
        """


ProcessReader = Callable[[int], Proc | None]
"""Reads the process at a given agent time (ns); None when there is nothing to say."""

OpenSymbols = Callable[[Hello], SymbolSource]
"""Opens the binary of the service that said hello. May raise anything; the reason is shown."""

OpenProcess = Callable[[Hello], ProcessReader]


class Enricher:
    """Adds symbols and process readings to a stream, message by message."""

    def __init__(self, open_symbols: OpenSymbols, open_process: OpenProcess) -> None:
        self._open_symbols = open_symbols
        self._open_process = open_process
        self._symbols: SymbolSource | None = None
        self._process: ProcessReader = lambda at: None
        self._binary: tuple[str, str, bool] | None = None
        self._logical = False
        self._pcs: set[int] = set()
        self._outside: set[int] = set()
        self._waits_named = self._stops_named = False
        self._types: set[int] = set()
        self._next_proc = 0

    def __call__(self, message: Message) -> Iterator[Message]:
        """The messages to put in place of this one."""
        if isinstance(message, Hello):
            yield message
            yield from self._start_service(message)
        elif isinstance(message, Stacks | GoroutineReading | Attributes):
            if isinstance(message, Stacks):
                message = Stacks(tuple(map(self._complete, message.defs)))
            symbols = self._new_symbols(_addresses_as_stacks(message))
            if isinstance(message, GoroutineReading) and not self._waits_named:
                self._waits_named = True
                symbols = replace(symbols, waits=tuple(getattr(self._symbols, "wait_reasons", ())))
            if symbols.frames or symbols.types or symbols.waits:
                yield symbols
            yield message
        elif isinstance(message, Functions):
            self._outside.update(entry.addr for entry in message.names)
            self._pcs |= self._outside
            yield Symbols(
                tuple(PcFrames(f.addr, (SymbolFrame(f.function, f.file, f.line, False),)) for f in message.names), ()
            )
        else:
            if isinstance(message, Events) and message.stw and not self._stops_named:
                self._stops_named = True
                reasons = tuple(getattr(self._symbols, "stw_reasons", ()))
                if reasons:
                    yield Symbols((), (), stw_reasons=reasons)
            if isinstance(message, Types):
                # The agent's name is the only one there is: a descriptor made at run time is not in the binary.
                self._types.update(entry.addr for entry in message.names)
            yield message
            yield from self._with_process_reading(message)

    def _start_service(self, hello: Hello) -> Iterator[Message]:
        self._process = self._open_process(hello)
        self._next_proc = 0
        self._logical = hello.mode == SAMPLE_ONLY
        if self._binary == (hello.exe, hello.build_id, self._logical):
            return
        self._binary = (hello.exe, hello.build_id, self._logical)
        self._pcs.clear()
        self._outside.clear()
        self._waits_named = self._stops_named = False
        self._types.clear()
        try:
            self._symbols = self._open_symbols(hello)
        except Exception as error:
            # Figures without names are still figures: whatever is wrong with the binary must not end the session.
            self._symbols = None
            yield Failure("symbols", f"No names of functions and types: {error}")

    def _with_process_reading(self, message: Message) -> Iterator[Message]:
        if isinstance(message, Ended):
            self._process = lambda at: None
        if isinstance(message, Tick) and message.at >= self._next_proc:
            self._next_proc = message.at + PROC_NS
            reading = self._process(message.at)
            if reading is not None:
                yield reading

    def _new_symbols(self, defs: Iterable[StackDef]) -> Symbols:
        """Names of the addresses that these stacks are the first to mention."""
        if self._symbols is None:
            return Symbols((), ())
        frames, types = [], []
        for stack in defs:
            if not self._pcs.issuperset(stack.pcs):
                for pc in stack.pcs:
                    if pc not in self._pcs:
                        self._pcs.add(pc)
                        frames.append(PcFrames(pc, self._frames(pc)))
            if stack.type and stack.type not in self._types and stack.kind in (HEAP, GO, SAMPLE, SITE_SAMPLE):
                self._types.add(stack.type)
                named = _type_name(self._symbols, stack)
                if named.name:
                    types.append(named)
            if stack.kind in (GO, COPY) and not stack.cut:
                types += self._root_function(stack)
        return Symbols(tuple(frames), tuple(types))

    def _complete(self, stack: StackDef) -> StackDef:
        """The stack with the frames that the hooks have skipped; cut if it does not end where stacks do."""
        if self._symbols is None or self._logical or stack.kind not in (HEAP, GO, MALG, SAMPLE, SITE_SAMPLE):
            return stack
        try:
            pcs, missing = self._symbols.complete_stack(stack.pcs)
        except Exception:
            return stack
        # Code that is not in the binary may have a beginning of stacks of its own.
        missing = missing and stack.pcs[-1:] != () and stack.pcs[-1] not in self._outside
        cut = stack.cut or missing
        return stack if pcs == stack.pcs and cut is stack.cut else replace(stack, pcs=pcs, cut=cut)

    def _root_function(self, stack: StackDef) -> list[TypeName]:
        """The function that the stack's goroutine was started with, where frames do not show it: compilers put wrappers
        around calls with arguments (`go f(x)`), and stacks leave those out.
        """
        pc = stack.pcs[-2] if len(stack.pcs) > 1 else 0
        if self._symbols is None or not pc or pc in self._types or self._frames(pc):
            return []
        self._types.add(pc)
        try:
            return [TypeName(pc, self._symbols.function_at(pc - 1).function)]
        except Exception:
            return []

    def _frames(self, pc: int) -> tuple[SymbolFrame, ...]:
        """The frames that a return address stands for: all that were inlined there, or in the runtime's own profile,
        which has an address for each of them, the innermost.
        """
        assert self._symbols is not None
        try:
            frames = [SymbolFrame(f.function, f.file, f.line, f.inlined) for f in self._symbols.frames(pc)]
        except Exception:
            return (SymbolFrame(f"0x{pc:x}", "", 0, False),)
        return tuple(frames[:1] if self._logical else frames)


def _addresses_as_stacks(message: Stacks | GoroutineReading | Attributes) -> Iterable[StackDef]:
    """Addresses of a message as stacks: a goroutine's are those of its `go` statement."""
    if isinstance(message, Stacks):
        return message.defs
    if isinstance(message, Attributes):
        return [StackDef(0, GO, 0, (each.creator,), False) for each in message.defs if each.creator > THREAD_CREATOR]
    return [StackDef(0, GO, row.start, (row.go,) if row.go else (), False) for row in message.rows]


def _type_name(symbols: SymbolSource, stack: StackDef) -> TypeName:
    try:
        if stack.kind == GO:
            return TypeName(stack.type, symbols.function_at(stack.type).function)
        return TypeName(stack.type, symbols.type_name(stack.type), *symbols.type_identity(stack.type))
    except Exception:
        return TypeName(stack.type, "")


async def enriched(messages: AsyncIterable[Message], enricher: Enricher) -> AsyncIterator[Message]:
    """The stream with everything added. Reading symbols of a large binary takes a while: it is done in a thread, so
    that the screen stays alive; the agent merges what comes meanwhile.
    """
    async for message in messages:
        if isinstance(message, Hello):
            yield message
            for added in (await asyncio.to_thread(_enrich_all, enricher, message))[1:]:
                yield added
        elif isinstance(message, Stacks | GoroutineReading | Attributes):
            for part in _parts(message):
                for added in await asyncio.to_thread(_enrich_all, enricher, part):
                    yield added
        else:
            for added in enricher(message):
                yield added


def _parts(message: Stacks | GoroutineReading | Attributes) -> Iterator[Stacks | GoroutineReading | Attributes]:
    """Yield many stacks as several messages, between which the screen is let through: taking them in is its thread's
    work.
    """
    if not isinstance(message, Stacks) or len(message.defs) <= MOST_STACKS:
        yield message
        return
    for first in range(0, len(message.defs), MOST_STACKS):
        yield Stacks(message.defs[first : first + MOST_STACKS])


def _enrich_all(enricher: Enricher, message: Message) -> list[Message]:
    return list(enricher(message))


def read_process(hello: Hello) -> ProcessReader:
    """A reader of the process through the system; one that says nothing if it is not ours to see.

    In another PID namespace the agent's number may be somebody else here: the executable's name must be the same.
    """
    try:
        process = psutil.Process(hello.pid)
        name = without_surrogates(PurePath(process.exe().removesuffix(" (deleted)")).name)
    except psutil.Error:
        return lambda at: None
    resolved = without_surrogates(Path(hello.exe).resolve().name)
    if name and hello.exe and name not in (PurePath(hello.exe).name, resolved):
        return lambda at: None  # the service may have been started by a symbolic link
    first = True

    def read(at: int) -> Proc | None:
        nonlocal first
        try:
            with process.oneshot():
                # The first answer is since never and always 0.
                cpu = process.cpu_percent(None)
                reading = Proc(
                    at, None if first else cpu, process.memory_info().rss, process.num_threads(), _fds(process)
                )
        except psutil.Error:
            return None
        first = False
        return reading

    return read


def _fds(process: psutil.Process) -> int | None:
    try:
        return process.num_fds()
    except psutil.AccessDenied:
        return None
