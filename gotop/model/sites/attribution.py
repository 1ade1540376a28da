"""Who allocates: the pprof labels of the goroutine, and the `go` statement that started it.

The agent counts pairs of both. Pairs are kept as sites are, in a stack table and a timeline of their own: function,
file and line of a pair's key are those of its `go` statement, and its type is its labels as a text. So `GroupBy.LABELS`
and `GroupBy.CREATOR` are groupings like others, and windows, marks, filters and moments work the same.

Counting begins when somebody first looks, and begins again when nobody has looked meanwhile. Totals are since then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gotop.agent import protocol
from gotop.model.counts.stack_table import StackTable
from gotop.model.counts.timeline import Timeline
from gotop.model.queries import GroupBy, SiteQuery, SiteSort, Window
from gotop.model.sites.grouping import GroupingCache
from gotop.model.sites.moment import Moment
from gotop.model.sites.site_rows import SiteRow
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.values import Frame, GroupKey, SiteKey

LABELS_KEPT = protocol.LABELS_KEPT
NO_LABELS, DROPPED, UNREAD = "(no labels)", "(sets that found no place)", "(labels that cannot be read)"
RUNTIME, THREAD, LOST, MAIN = (
    "(the runtime itself)", "(a thread of C)", "(creators that found no place)", "(main goroutine)",
)  # fmt: skip

_LOST_ID, _LOST_CREATOR = -1, -1
_SPECIAL = {protocol.NO_CREATOR: RUNTIME, protocol.THREAD_CREATOR: THREAD, _LOST_CREATOR: LOST}
_PLAIN = re.compile(r"[^\s\"=(]+")


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The pprof labels of a goroutine, by key. `more`: number of labels that are not listed; `kept`: see
    `protocol.LABELS_KEPT`.
    """

    labels: tuple[tuple[str, str], ...]
    more: int
    kept: int

    @property
    def text(self) -> str:
        """The labels as a text such as `path=/api user=7`, a different one for each set."""
        if self.kept != protocol.LABELS_KEPT:
            return DROPPED if self.kept == protocol.LABELS_DROPPED else UNREAD
        parts = [f"{_quoted(key)}={_quoted(value)}" for key, value in self.labels]
        if self.more:
            parts.append(f"(and {self.more} more)" if parts else f"({self.more} labels)")
        return " ".join(parts) or NO_LABELS


def _quoted(text: str) -> str:
    printable = text.isprintable()
    return text if printable and _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=not printable)


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A set of labels and what was allocated under it."""

    labels: LabelSet
    row: SiteRow


@dataclass(frozen=True, slots=True)
class Pair:
    """A set of labels, a `go` statement, and what goroutines with both have allocated since counting began."""

    labels: LabelSet
    creator: SiteKey
    allocs: int
    bytes: int


class _AllocatorNames(SymbolTable):
    """Names of pairs: in their stack table, addresses are those of `go` statements, and types are numbers of label
    sets.
    """

    def __init__(self, symbols: SymbolTable) -> None:
        super().__init__()
        self._symbols = symbols
        self.sets: list[LabelSet] = []
        self.numbers: dict[LabelSet, int] = {}

    def number_of_set(self, labels: LabelSet) -> int:
        """Return the number of a set of labels, the same for equal sets."""
        number = self.numbers.setdefault(labels, len(self.sets))
        if number == len(self.sets):
            self.sets.append(labels)
        return number

    def call_site(self, kind: int, pcs: Iterable[int]) -> Frame:
        """Return the place of the `go` statement."""
        creator = next(iter(pcs), None)
        if creator is None:  # of an id that was never defined
            return Frame("", "", 0, False)
        if creator in _SPECIAL:
            return Frame(_SPECIAL[creator], "", 0, False)
        frame = self._symbols.call_site(protocol.GO, (creator,))
        # The first goroutine is started by assembly (runtime/asm_amd64.s rt0_go), through a wrapper without a frame.
        return frame if frame.function else Frame(MAIN, "", 0, False)

    def type_name(self, addr: int) -> str:
        """Return the labels as a text."""
        return self.sets[addr].text


class Attribution:
    """Allocations by labels and `go` statements. `now` answers `SiteQuery`s of `gotop.model.queries.ATTRIBUTED`.

    Attributes:
        since: agent time (ns) at which counting began, None before it has.
        missing: why something cannot be told, "" if all can.
    """

    def __init__(self, symbols: SymbolTable) -> None:
        self.since: int | None = None
        self.missing = ""
        self._names = _AllocatorNames(symbols)
        self._table = StackTable(self._names)
        self._timeline = Timeline()
        self._allocs = self._bytes = 0
        self._lost = (0, 0)
        self._resync = False
        self.now = Moment(self._table, self._timeline, self._names, GroupingCache(self._table))

    @property
    def seconds(self) -> float:
        """Seconds from the beginning of counting to the last reading."""
        return self._timeline.seconds

    def define_pairs(self, message: protocol.Attributes) -> None:
        """Learn what ids mean."""
        for entry in message.defs:
            labels = tuple(sorted((label.key, label.value) for label in entry.labels))
            self._define_pair(entry.id, entry.creator, LabelSet(labels, entry.more, entry.kept))

    def begin_connection(self) -> None:
        """Expect ids to be defined anew, and counts from `since` on again."""
        self._table.forget_ids()
        self._resync = True

    def regroup_stacks(self) -> None:
        """Put pairs into groups again: names have changed."""
        self._table.regroup_stacks()
        self._timeline.replace_snapshots(self._table.regroup_snapshot)

    def add_reading(self, message: protocol.AttributionDeltas) -> None:
        """Add the deltas of a reading, and keep a snapshot."""
        self.missing = message.missing
        if self._resync or message.since != self.since:
            self._table.reset_counts()
            self._allocs = self._bytes = 0
            self._lost = (0, 0)
            self._resync = False
        if message.since != self.since:
            self._timeline.restart_at(message.since / 1e9)
            self.since = message.since
        lost = message.lost[0] - self._lost[0], message.lost[1] - self._lost[1]
        deltas = message.deltas
        if lost[0] > 0:
            self._lost = message.lost[0], message.lost[1]
            self._define_pair(_LOST_ID, _LOST_CREATOR, LabelSet((), 0, protocol.LABELS_DROPPED))
            deltas += (_LOST_ID, *lost)
        self._allocs += sum(deltas[1::3])
        self._bytes += sum(deltas[2::3])
        self._table.add_deltas([number for at in range(0, len(deltas), 3) for number in (*deltas[at : at + 3], 0)])
        if self._table.undefined and not self.missing:
            self.missing = f"the agent counted under {self._table.undefined} sets of labels that it never described"
        self._timeline.add_snapshot(self._table.take_snapshot(message.at / 1e9, self._allocs, self._bytes, 0))

    def add_mark(self, moment: Moment) -> None:
        """Set a mark at a moment."""
        if not self._timeline.empty:
            self._timeline.add_mark(moment.timeline.current)

    def clear_marks(self) -> None:
        """Forget the marks."""
        self._timeline.marks.clear()

    def labels(self, window: Window = Window.TOTAL) -> list[LabelRow]:
        """Return sets of labels, most bytes first."""
        sets = {labels.text: labels for labels in self._names.sets}
        rows = self._rows(GroupBy.LABELS, window)
        return [LabelRow(sets[row.key.name], row) for row in rows if isinstance(row.key, GroupKey)]

    def pairs(self) -> Iterator[Pair]:
        """Yield pairs of labels and `go` statement, each once."""
        sets = {labels.text: labels for labels in self._names.sets}
        for stack in self.now.counted_stacks(Window.TOTAL):
            yield Pair(sets[stack.site.type], stack.site, stack.allocs, stack.bytes)

    def creators(self, window: Window = Window.TOTAL) -> list[SiteRow]:
        """Return `go` statements whose goroutines have allocated, most bytes first."""
        return self._rows(GroupBy.CREATOR, window)

    def _rows(self, group: GroupBy, window: Window) -> list[SiteRow]:
        return list(self.now.sites(SiteQuery(SiteSort.BYTES, window=window, group=group)).rows)

    def _define_pair(self, id_: int, creator: int, labels: LabelSet) -> None:
        number = self._names.number_of_set(labels)
        self._table.define_stacks([protocol.StackDef(id_, protocol.HEAP, number, (creator,), False)])
