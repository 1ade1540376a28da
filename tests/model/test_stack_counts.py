"""Counts by stack of one program: names that come late, connections, snapshots, marks."""

from __future__ import annotations

from dataclasses import replace

from gotop.agent.protocol import MAX_CHANGED, PcFrames, Stacks, SymbolFrame, Symbols, TypeName, Types
from gotop.model.counts.timeline import Timeline
from gotop.model.queries import SiteQuery, SiteSort, Window
from gotop.model.runtime.runtime_state import RuntimeState
from gotop.model.stack_counts import StackCounts
from tests.streams import A, B, run, stack, three_stacks, tick


class Counts:
    """Counts of three stacks; how often names have changed."""

    def __init__(self) -> None:
        self.renamed = 0
        self.counts = StackCounts(Timeline(), self.rename)
        self.counts.timeline.restart_at(0.0)
        for message in three_stacks():
            if isinstance(message, Symbols):
                self.counts.add_names(message)
            elif isinstance(message, Stacks):
                self.counts.table.define_stacks(message.defs)

    def rename(self) -> None:
        self.renamed += 1

    def functions(self) -> dict[str, int]:
        rows = self.counts.now.sites(SiteQuery(sort=SiteSort.BYTES, window=Window.TOTAL)).rows
        return {row.key.function: row.bytes for row in rows}


def test_names_that_change_what_was_shown_move_counts_and_are_told_once() -> None:
    made = Counts()
    made.counts.add_tick(tick(1, {0: (1, 16, 0), 2: (2, 64, 0)}))
    assert (made.functions(), made.renamed) == ({"main.a": 16, "main.b": 64}, 0)
    made.counts.add_names(Symbols((PcFrames(B, (SymbolFrame("main.c", "/src/c.go", 20, False),)),), ()))
    assert (made.functions(), made.renamed) == ({"main.a": 16, "main.c": 64}, 1)
    made.counts.add_names(Symbols((PcFrames(99, (SymbolFrame("main.new", "n.go", 1, False),)),), ()))
    assert made.renamed == 1, "nobody has seen that address"


def test_types_made_at_run_time_are_names_too() -> None:
    made = Counts()
    made.counts.table.define_stacks((stack(3, A, type=0xC000),))
    made.counts.add_tick(tick(1, {3: (1, 16, 0)}))
    made.counts.add_names(Types((TypeName(0xC000, "[]dyn"),)))
    keys = [row.key.type for row in made.counts.now.sites(SiteQuery(window=Window.TOTAL)).rows]
    assert keys == ["[]dyn"]


def test_a_tick_that_is_not_all_makes_no_snapshot() -> None:
    made = Counts()
    made.counts.add_tick(replace(tick(1, {0: (1, 16, 0)}), more=True))
    assert made.counts.timeline.empty
    made.counts.add_tick(tick(1, {2: (1, 16, 0)}, seq=2))
    assert made.functions() == {"main.a": 16, "main.b": 16}
    full = dict.fromkeys(range(MAX_CHANGED), (1, 8, 0))
    at = made.counts.timeline.current.at
    made.counts.add_tick(tick(2, full, seq=3))
    assert made.counts.timeline.current.at == at, "as many as a tick can hold, of an agent that does not say `more`"


def test_columns_of_deltas_count_as_their_list_does() -> None:
    made, listed = Counts(), Counts()
    deltas = {0: (1, 16, 0), 1: (3, 48, 8), 2: (2, 64, 0)}
    made.counts.add_tick(replace(tick(1, deltas), deltas=(), run=run(deltas)))
    listed.counts.add_tick(tick(1, deltas))
    assert made.functions() == listed.functions() == {"main.a": 64, "main.b": 64}


def test_after_another_connection_ids_mean_other_stacks() -> None:
    made = Counts()
    made.counts.add_tick(tick(1, {0: (1, 16, 0)}))
    made.counts.begin_connection()
    made.counts.table.reset_counts()
    made.counts.table.define_stacks((stack(0, B),))
    made.counts.add_tick(tick(2, {0: (1, 8, 0)}, seq=2))
    assert made.functions() == {"main.b": 8}
    assert made.counts.next_id == 4, "one more row than before"


def test_marks_are_set_at_a_moment_and_forgotten() -> None:
    made = Counts()
    for second in (1, 2, 3):
        made.counts.add_tick(tick(second, {0: (1, 16, 0)}, seq=second))
    made.counts.add_mark(made.counts.now)
    made.counts.add_tick(tick(5, {0: (1, 16, 0)}, seq=4))
    assert made.counts.now.marks == (2.0,)
    made.counts.clear_marks()
    assert made.counts.now.marks == ()


def test_the_runtime_counts_goroutines_in_the_same_table() -> None:
    runtime, timeline = RuntimeState(), Timeline()
    counts = StackCounts.for_runtime(runtime, timeline, first_id=7)
    assert runtime.timeline is timeline
    assert counts.next_id == counts.table.first_id == 7
