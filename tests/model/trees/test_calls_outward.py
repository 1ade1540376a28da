"""A stack as calls from its site outward."""

from __future__ import annotations

from gotop.agent.protocol import HEAP, PcFrames, SymbolFrame
from gotop.model.counts.stack_store import StackIdentity, StackStore
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.trees.calls_outward import OF_SITE, calls_outward

MALLOC, HELPER, SERVE, MAIN, UNKNOWN = 1, 2, 3, 4, 5


def frame(function: str, inlined: bool = False) -> SymbolFrame:
    return SymbolFrame(function, "f.go", 1, inlined)


def symbols() -> SymbolTable:
    table = SymbolTable()
    table.add_frames([
        PcFrames(MALLOC, (frame("runtime.mallocgc"),)),
        PcFrames(HELPER, (frame("runtime.growslice", True), frame("main.append", True), frame("main.caller"))),
        PcFrames(SERVE, (frame("main.serve"),)),
        PcFrames(MAIN, (frame("main.main"),)),
    ])  # fmt: skip
    return table


def functions(*pcs: int) -> tuple[list[int], list[list[str]]]:
    store = StackStore()
    row = store.add_stack(StackIdentity(HEAP, 0, pcs, False))
    calls, frames_of = calls_outward(store, row, symbols())
    return list(calls), [[each.function for each in frames_of(number)] for number in calls]


def test_calls_begin_at_the_site_and_lead_outward() -> None:
    calls, found = functions(MALLOC, SERVE, MAIN)
    assert found == [["main.serve"], ["main.main"]]
    assert calls[0] & OF_SITE and not calls[1] & OF_SITE


def test_inlined_into_the_sites_address_only_what_is_not_the_runtimes_counts() -> None:
    _, found = functions(MALLOC, HELPER, MAIN)
    assert found == [["main.append", "main.caller"], ["main.main"]]
    _, as_caller = functions(MALLOC, SERVE, HELPER)
    assert as_caller == [["main.serve"], ["runtime.growslice", "main.append", "main.caller"]], "all of a caller's"


def test_a_stack_that_never_leaves_the_runtime_is_one_call() -> None:
    calls, found = functions(MALLOC, MALLOC)
    assert (calls, found) == ([-1], [["runtime.mallocgc", "runtime.mallocgc"]])
    assert functions() == ([], [])


def test_an_address_without_a_name_is_no_part_of_the_runtime() -> None:
    _, found = functions(MALLOC, UNKNOWN)
    assert found == [["0x5"]]
