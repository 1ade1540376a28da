"""Stacks of frame pointers made whole, in a real binary: beginnings of stacks, faults, frames that are skipped."""

from __future__ import annotations

import pytest

from gotop.golang.binary import GoBinary
from gotop.golang.interrupted import StackCompleter
from tests.golang.programs import build


@pytest.fixture(scope="module")
def binary() -> GoBinary:
    return GoBinary.open(build("symbols", "1.26"))


def inside(binary: GoBinary, name: str, distance: int = 8) -> int:
    """An address in a function."""
    return binary.table.entry(binary.table.find((name,))[name]) + distance


def test_a_stack_that_ends_where_stacks_begin_is_whole(binary: GoBinary) -> None:
    completer = StackCompleter(binary)
    whole = (inside(binary, "main.main"), inside(binary, "runtime.main"), inside(binary, "runtime.goexit", 1))
    assert completer.complete(whole) == (whole, False)
    assert completer.complete(whole[:2]) == (whole[:2], True), "something is missing"
    assert completer.complete(()) == ((), False)
    assert completer.complete((1,)) == ((1,), True), "no address of the binary's"


def test_after_a_fault_the_address_is_that_behind_the_instruction(binary: GoBinary) -> None:
    completer = StackCompleter(binary)
    end = inside(binary, "runtime.goexit", 1)
    fault, at = inside(binary, "runtime.sigpanic"), inside(binary, "runtime.main", 60)
    pcs, missing = completer.complete((fault, at, end))
    assert pcs[0] == fault and pcs[1] == at + 1 and pcs[-1] == end
    assert missing == (len(pcs) == 3 and completer._frameless(at))


def test_who_called_a_function_without_a_frame_is_found_by_what_the_caller_above_called(binary: GoBinary) -> None:
    completer, table = StackCompleter(binary), binary.table

    def calls(entry: int) -> list[tuple[int, int]]:
        """What the function at this entry calls: return address and entry of each."""
        index = table.index_at(entry)
        found = completer._calls(index) if index is not None else []
        return [(back, to) for back, to in found if (at := table.index_at(to)) is not None and table.entry(at) == to]

    skipped = (
        (above, back, callee)
        for index in range(table.nfunc)
        for above, caller in calls(table.entry(index))
        for back, callee in calls(caller)
        if completer._frameless(callee) and [to for _, to in calls(caller)].count(callee) == 1
        and next(to for place, to in calls(table.entry(index)) if place == above) == caller
    )  # fmt: skip
    above, back, callee = next(skipped)
    end = inside(binary, "runtime.goexit", 1)
    pcs, missing = completer.complete((inside(binary, "runtime.sigpanic"), callee, above, end))
    assert (pcs[1:], missing) == ((callee + 1, back, above, end), False)
