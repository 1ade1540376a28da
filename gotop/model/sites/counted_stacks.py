"""All heap stacks and what was counted of them in a span, exact and without an order: for exports and comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gotop.agent.protocol import HEAP
from gotop.model.counts.arrays import increase
from gotop.model.counts.span import Span
from gotop.model.counts.stack_table import StackTable
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.values import Frame, SiteKey


@dataclass(frozen=True, slots=True)
class CountedStack:
    """One stack, its site, and the objects and bytes counted of it in a span. `calls`: each return address (link-time,
    innermost first) with the logical frames there, of which all but the last are inlined; a last one of address 0
    stands for callers that were not kept. `estimated`: from samples.
    """

    site: SiteKey
    calls: tuple[tuple[int, tuple[Frame, ...]], ...]
    allocs: int
    bytes: int
    estimated: bool


def counted_stacks(table: StackTable, symbols: SymbolTable, span: Span) -> Iterator[CountedStack]:
    """Yield the stacks that have counted something in the span."""
    allocs = increase(span.end.stack_allocs, span.begin.stack_allocs).tolist()
    sizes = increase(span.end.stack_bytes, span.begin.stack_bytes).tolist()
    frames, groups = symbols.frozen_frames(), table.group_of
    for row, (count, size) in enumerate(zip(allocs, sizes, strict=True)):
        group = int(groups[row])
        if table.kinds[group] != HEAP or (count <= 0 and size <= 0):
            continue
        calls = tuple((pc, frames((pc,))) for pc in table.rows.pcs(row))
        if beyond := table.beyond(row):
            calls += ((0, (Frame(beyond, "", 0, False),)),)
        estimated = table.rows.kind(row) != HEAP
        yield CountedStack(table.keys[group], calls, max(0, count), max(0, size), estimated)
