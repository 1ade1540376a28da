"""Names of addresses that come early, late and again."""

from __future__ import annotations

from gotop.agent.protocol import GO, HEAP, PcFrames, SymbolFrame, TypeName
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.values import Frame


def frames(pc: int, *functions: str) -> PcFrames:
    return PcFrames(pc, tuple(SymbolFrame(function, "f.go", pc, False) for function in functions))


def test_an_address_without_a_name_shows_itself_until_it_has_one() -> None:
    table = SymbolTable()
    assert table.frames([16]) == (Frame("0x10", "", 0, False),)
    assert table.type_name(0) == "" and table.type_name(255) == "0xff"
    assert table.add_frames([frames(16, "main.a")]) == {16}
    assert table.add_types([TypeName(255, "main.T"), TypeName(1, "")]) == {255}
    assert table.add_frames([frames(16, "main.a"), frames(17, "main.b")]) == set()
    assert [frame.function for frame in table.frames([17, 16])] == ["main.b", "main.a"]


def test_frozen_frames_are_those_that_were_shown() -> None:
    table = SymbolTable()
    table.add_frames([frames(1, "main.a")])
    edition, frozen = table.edition, table.frozen_frames()
    table.add_frames([frames(2, "main.b")])
    assert table.edition is edition, "nobody has seen that address"
    table.add_frames([frames(1, "main.other")])
    assert table.edition is not edition
    assert [frame.function for frame in frozen([1])] == ["main.a"]


def test_a_site_is_where_a_kind_is_counted() -> None:
    table = SymbolTable()
    table.add_frames([frames(1, "runtime.newproc"), frames(2, "runtime.gcStart"), frames(3, "main.a"), frames(4)])
    assert table.call_site(HEAP, (1, 2, 3)).function == "main.a"
    assert table.call_site(GO, (1, 2, 3)).function == "runtime.gcStart"
    assert table.call_site(HEAP, (4,)) == Frame("", "", 0, False)


def test_a_goroutine_was_started_with_the_outermost_function_or_a_wrapper() -> None:
    table = SymbolTable()
    table.add_frames([frames(1, "main.a"), frames(2), frames(3, "runtime.goexit")])
    assert [table.root_function(pcs) for pcs in ((), (1,), (1, 3), (1, 2, 3))] == ["", "main.a", "main.a", "0x2"]
    table.add_types([TypeName(2, "main.f.gowrap1")])
    assert table.root_function((1, 2, 3)) == "main.f.gowrap1"
