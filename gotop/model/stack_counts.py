"""All that is counted by stack for one program, with names, timeline, attribution and trees."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gotop.agent import protocol
from gotop.model.counts.room import Room
from gotop.model.counts.stack_table import StackTable
from gotop.model.counts.timeline import Timeline
from gotop.model.runtime.runtime_state import RuntimeState
from gotop.model.sites.attribution import Attribution
from gotop.model.sites.grouping import GroupingCache
from gotop.model.sites.moment import Moment
from gotop.model.symbols.own_code import OwnCode
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.trees.flame_graph import FlameTrees

_USUAL = Room()


class StackCounts:
    """The counts of one program. `on_rename` is called when names have changed. `mine`: packages that are
    the user's own code, see `gotop.model.symbols.own_code`.

    Attributes:
        now: the live moment, whose answers are those of the last reading.
    """

    def __init__(
        self, timeline: Timeline, on_rename: Callable[[], None], first_id: int = 0, room: Room = _USUAL,
        mine: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.timeline = timeline
        self.symbols = SymbolTable(OwnCode(mine))
        self.table = StackTable(self.symbols, first_id, room)
        self.attribution = Attribution(self.symbols)
        groupings = GroupingCache(self.table)
        self.now = Moment(self.table, timeline, self.symbols, groupings, attributed=self.attribution.now)
        self.flames = FlameTrees(self.table, self.symbols, self.now.matching)
        self._on_rename = on_rename

    @classmethod
    def for_runtime(
        cls, runtime: RuntimeState, timeline: Timeline, first_id: int = 0, room: Room = _USUAL,
        mine: Sequence[str] = (),
    ) -> StackCounts:  # fmt: skip
        """Make the counts of a program, and have the runtime's goroutines and stacks counted in them, too."""
        counting = cls(timeline, runtime.forget_names, first_id, room, mine)
        runtime.count_from(counting.table, counting.symbols, timeline)
        return counting

    @property
    def next_id(self) -> int:
        """The first number for stacks of the next program."""
        return self.table.first_id + len(self.table.rows)

    def add_names(self, message: protocol.Symbols | protocol.Types) -> None:
        """Learn names of addresses."""
        if isinstance(message, protocol.Types):
            places, types = set[int](), self.symbols.add_types(message.names)
        else:
            places, types = self.symbols.add_frames(message.frames), self.symbols.add_types(message.types)
        if places or types:
            self._on_rename()
            self.table.regroup_stacks(None if places else types)
            self.flames.forget_names()
            self.now.stack_groups.forget_names()
            self.timeline.replace_snapshots(self.table.regroup_snapshot)
            self.attribution.regroup_stacks()

    def begin_connection(self) -> None:
        """Expect ids to be defined anew, and the next tick to count from the start."""
        self.table.forget_ids()
        self.attribution.begin_connection()

    def add_tick(self, tick: protocol.Tick) -> None:
        """Add a tick's counts, and keep a snapshot of them."""
        self.table.add_deltas(tick.deltas)
        if tick.run is not None:
            self.table.add_delta_columns(tick.run)
        if not tick.more and len(tick.deltas) < 4 * protocol.MAX_CHANGED:  # recordings of old have no `more`
            # What is not all yet makes no snapshot: the other half would show as a burst in the next.
            totals = tick.totals
            self.timeline.add_snapshot(self.table.take_snapshot(tick.at / 1e9, totals.allocs, totals.bytes, totals.gos))

    def add_mark(self, moment: Moment) -> None:
        """Set a mark at a moment: see `gotop.model.queries.Window.MARK`."""
        self.timeline.add_mark(moment.timeline.current)
        self.attribution.add_mark(moment.attributed or self.attribution.now)

    def clear_marks(self) -> None:
        """Forget the marks."""
        self.timeline.marks.clear()
        self.timeline.awaited.clear()
        self.attribution.clear_marks()
