"""What is added to the stream, and when."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given

from gotop.agent.enrich_stream import Enricher, enriched, read_process
from gotop.agent.protocol import (
    SAMPLE,
    SAMPLE_ONLY,
    AttributeDef,
    Attributes,
    Ended,
    Events,
    Failure,
    Hello,
    Message,
    PcFrames,
    Proc,
    Stacks,
    Stw,
    SymbolFrame,
    Symbols,
    Tick,
    TypeName,
    Types,
)
from gotop.golang.symbols import LogicalFrame
from tests.streams import START, hello, live_streams, stack, tick


class Names:
    """A symbolizer that names by number and counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def frames(self, pc: int) -> tuple[LogicalFrame, ...]:
        self.asked.append(pc)
        if pc == 13:
            raise RuntimeError("a binary full of surprises")
        return (
            ()
            if pc == 7
            else (LogicalFrame(f"inner{pc}", "i.go", pc, True), LogicalFrame(f"outer{pc}", "o.go", 1, False))
        )

    def function_at(self, pc: int) -> LogicalFrame:
        return LogicalFrame(f"entry{pc}", "e.go", 1, False)

    def complete_stack(self, pcs: Sequence[int]) -> tuple[tuple[int, ...], bool]:
        return tuple(pcs), False

    def type_identity(self, address: int) -> tuple[str, int]:
        return f"path/of/{address}", address

    def type_name(self, address: int) -> str:
        self.asked.append(address)
        return "" if address == 99 else f"type{address}"


def through(enricher: Enricher, *messages: Message) -> list[Message]:
    return [out for message in messages for out in enricher(message)]


def test_symbols_come_before_the_stacks_that_need_them_and_once() -> None:
    symbols = Names()
    enricher = Enricher(lambda h: symbols, lambda h: lambda at: None)
    first, second = Stacks((stack(0, 1, 7, type=50),)), Stacks((stack(1, 1, 2, type=50), stack(2, 3, kind=1, type=60)))
    got = through(enricher, hello(), first, second, Stacks((stack(3, 2),)))
    frames = [[entry.pc for entry in m.frames] for m in got if isinstance(m, Symbols)]
    assert [type(m) for m in got] == [Hello, Symbols, Stacks, Symbols, Stacks, Stacks]
    assert frames == [[1, 7], [2, 3]]
    assert isinstance(got[1], Symbols)
    assert got[1].frames[0] == PcFrames(
        1, (SymbolFrame("inner1", "i.go", 1, True), SymbolFrame("outer1", "o.go", 1, False))
    )
    assert got[1].frames[1] == PcFrames(7, ())
    assert isinstance(got[3], Symbols)
    assert got[3].types == (TypeName(60, "entry60"),), "a go statement's type is a function"
    assert sorted(symbols.asked) == [1, 2, 3, 7, 50]


def test_creators_that_are_addresses_are_named() -> None:
    enricher = Enricher(lambda h: Names(), lambda h: lambda at: None)
    defs = tuple(AttributeDef(id_, creator, (), 0, 0) for id_, creator in enumerate((0, 1, 5, 5, 6)))
    _, symbols, _ = through(enricher, hello(), Attributes(defs))
    assert isinstance(symbols, Symbols)
    assert [entry.pc for entry in symbols.frames] == [5, 6] and symbols.types == ()


def test_addresses_of_the_runtimes_own_profile_stand_for_one_frame_each() -> None:
    enricher = Enricher(lambda h: Names(), lambda h: lambda at: None)
    got = through(enricher, hello(mode=SAMPLE_ONLY), Stacks((stack(0, 1, 7, 13, kind=SAMPLE),)))
    frames = {entry.pc: entry.frames for m in got if isinstance(m, Symbols) for entry in m.frames}
    assert frames == {
        1: (SymbolFrame("inner1", "i.go", 1, True),),
        7: (),
        13: (SymbolFrame("0xd", "", 0, False),),
    }
    got = through(enricher, hello(), Stacks((stack(0, 1),)))
    assert [len(entry.frames) for m in got if isinstance(m, Symbols) for entry in m.frames] == [2], (
        "hooks' are physical"
    )


def test_the_agents_names_of_types_are_not_asked_for_again() -> None:
    symbols = Names()
    enricher = Enricher(lambda h: symbols, lambda h: lambda at: None)
    got = through(enricher, hello(), Types((TypeName(70, "dyn"),)), Stacks((stack(0, type=70), stack(1, type=99))))
    assert [type(m) for m in got] == [Hello, Types, Stacks]
    assert symbols.asked == [99]


@given(live_streams(connections=3))
def test_nothing_is_taken_away_and_every_stack_is_named_before(stream: list[Message]) -> None:
    enricher, named = Enricher(lambda h: Names(), lambda h: lambda at: None), set[int]()
    got = through(enricher, *[m for m in stream if not isinstance(m, Symbols)])
    for message in got:
        if isinstance(message, Symbols):
            named.update(entry.pc for entry in message.frames)
        if isinstance(message, Stacks):
            assert {pc for entry in message.defs for pc in entry.pcs} <= named
    assert [m for m in got if not isinstance(m, Symbols)] == [m for m in stream if not isinstance(m, Symbols)]


def test_another_binary_is_opened_and_named_anew_the_same_is_not() -> None:
    opened: list[Names] = []

    def open_symbols(h: Hello) -> Names:
        opened.append(Names())
        return opened[-1]

    enricher = Enricher(open_symbols, lambda h: lambda at: None)
    stacks = Stacks((stack(0, 1),))
    through(enricher, hello(), stacks, hello(), stacks, hello(build_id="other"), stacks)
    assert [names.asked for names in opened] == [[1], [1]]


def test_a_binary_that_cannot_be_read_costs_the_names_only() -> None:
    def open_symbols(h: Hello) -> Names:
        raise ValueError("it is gone")

    got = through(Enricher(open_symbols, lambda h: lambda at: None), hello(), Stacks((stack(0, 1),)), tick(1))
    assert [type(m) for m in got] == [Hello, Failure, Stacks, Tick]
    assert isinstance(got[1], Failure)
    assert "it is gone" in got[1].text


def test_a_pc_that_surprises_the_symbolizer_keeps_its_number() -> None:
    got = through(Enricher(lambda h: Names(), lambda h: lambda at: None), hello(), Stacks((stack(0, 13),)))
    assert isinstance(got[1], Symbols)
    assert got[1].frames == (PcFrames(13, (SymbolFrame("0xd", "", 0, False),)),)


def test_the_process_is_read_once_a_second_of_agent_time_until_its_end() -> None:
    read: list[int] = []

    def reader(at: int) -> Proc:
        read.append(at)
        return Proc(at, 1.0, 2, 3, 4)

    enricher = Enricher(lambda h: Names(), lambda h: reader)
    ticks: Iterable[Message] = [tick(n / 10, seq=n) for n in range(1, 26)]
    got = through(enricher, hello(), *ticks, Ended(START, 0, None, False, False, False), tick(9))
    assert [(at - START) / 1e9 for at in read] == pytest.approx([0.1, 1.1, 2.1])
    assert [m.at for m in got if isinstance(m, Proc)] == read


async def test_the_stream_is_the_same_when_symbols_are_read_in_a_thread() -> None:
    async def source() -> object:
        for message in messages:
            yield message

    messages: list[Message] = [hello(), Stacks((stack(0, 1, 2, type=50),)), tick(1)]
    enricher = Enricher(lambda h: Names(), lambda h: lambda at: None)
    got = [m async for m in enriched(source(), enricher)]  # type: ignore[arg-type]
    assert got == through(Enricher(lambda h: Names(), lambda h: lambda at: None), *messages)


def test_a_real_process(tmp_path: Path) -> None:
    code = "print('here', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        exe = str(Path(sys.executable).resolve())
        reader = read_process(hello(pid=child.pid, exe=exe))
        first, second = reader(5), reader(6)
        assert first is not None
        assert second is not None
        assert (first.at, first.cpu_percent, first.threads) == (5, None, 1)
        assert first.rss is not None
        assert first.rss > 1 << 20
        assert first.fds is not None
        assert second.cpu_percent is not None
        link = tmp_path / "service"
        link.symlink_to(exe)
        assert read_process(hello(pid=child.pid, exe=str(link)))(6) is not None, "started by a symbolic link"
        stranger = read_process(hello(pid=child.pid, exe="/srv/service"))
        assert stranger(5) is None, "the same number in another PID namespace is somebody else"
        child.kill()
        child.wait()
        assert reader(7) is None
    assert read_process(hello(pid=child.pid, exe=exe))(5) is None


def test_reasons_to_stop_the_world_are_named_before_the_first_stop_and_once() -> None:
    class Reasons(Names):
        stw_reasons = ("unknown", "GC mark termination")

    stop, none = Events((Stw(START, 1, 2, 3),), 0), Events((), 0)
    enricher = Enricher(lambda h: Reasons(), lambda h: lambda at: None)
    got = through(enricher, hello(), none, stop, stop)
    assert got[1:] == [none, Symbols((), (), stw_reasons=Reasons.stw_reasons), stop, stop]
    nameless = Enricher(lambda h: Names(), lambda h: lambda at: None)
    assert through(nameless, hello(), stop)[1:] == [stop]
