"""Stacks and how often each was counted, by time: what `Session` asks for all allocations and `go` statements."""

from __future__ import annotations

from collections.abc import Callable

from gotop.agent import protocol
from gotop.model.counts.stack_table import Ledger
from gotop.model.counts.timeline import Timeline
from gotop.model.runtime.runtime_state import Runtime
from gotop.model.sites.attribution import Attribution
from gotop.model.sites.grouping import Catalogue
from gotop.model.sites.moment import Moment
from gotop.model.symbols.symbol_table import Names
from gotop.model.trees.flame_graph import Flames


class Counting:
    """Of one executable. `renamed` is called when names have changed.

    Attributes:
        now: the live moment, whose answers are those of the last reading.
    """

    def __init__(self, timeline: Timeline, renamed: Callable[[], None], first_id: int = 0) -> None:
        self.timeline = timeline
        self.names = Names()
        self.ledger = Ledger(self.names, first_id)
        self.attribution = Attribution(self.names)
        catalogue = Catalogue(self.ledger)
        self.now = Moment(self.ledger, timeline, self.names, catalogue, attributed=self.attribution.now)
        self.flames = Flames(self.ledger, self.names, self.now.matching)
        self._renamed = renamed

    @classmethod
    def begun(cls, runtime: Runtime, timeline: Timeline, first_id: int = 0) -> Counting:
        """The runtime's goroutines and stacks are counted here, too."""
        counting = cls(timeline, runtime.rename, first_id)
        runtime.bind(counting.ledger, counting.names, timeline)
        return counting

    @property
    def next_id(self) -> int:
        """For stacks that are none of these."""
        return self.ledger.first_id + len(self.ledger.rows)

    def name(self, message: protocol.Symbols | protocol.Types) -> None:
        """Learn what addresses are called."""
        if isinstance(message, protocol.Types):
            changed = self.names.add_types(message.names)
        else:
            changed = self.names.add_frames(message.frames) | self.names.add_types(message.types)
        if changed:
            self._renamed()
            self.ledger.rename()
            self.flames.forget()
            self.timeline.change(self.ledger.regroup)
            self.attribution.rename()

    def join(self) -> None:
        """A new connection: ids are defined anew, and what comes is counted from the start."""
        self.ledger.forget_ids()
        self.attribution.join()

    def add(self, tick: protocol.Tick) -> None:
        """Count what a tick says has been allocated, and keep how things stand then."""
        self.ledger.add(tick.deltas)
        if tick.run is not None:
            self.ledger.add_run(tick.run)
        if len(tick.deltas) < 4 * protocol.MAX_CHANGED:
            # A longer list is not all yet: a snapshot of half of it would show as a burst in the next.
            totals = tick.totals
            self.timeline.add(self.ledger.snapshot(tick.at / 1e9, totals.allocs, totals.bytes, totals.gos))

    def mark(self, moment: Moment) -> None:
        """Set a mark: see `gotop.model.queries.Window.MARK`."""
        self.timeline.mark(moment.timeline.current)
        self.attribution.mark(moment.attributed or self.attribution.now)

    def clear_marks(self) -> None:
        """Forget the marks."""
        self.timeline.marks.clear()
        self.timeline.awaited.clear()
        self.attribution.clear_marks()
