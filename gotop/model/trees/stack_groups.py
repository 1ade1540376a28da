"""Groups that whole stacks decide about, not their sites: own lines, and functions with all that they call.

They only grow: each stack is looked at once, when somebody first asks, in parts if there are many. A column of counts
by stack is then summed by group in one pass, whichever window it is about.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from gotop.agent.protocol import HEAP, SAMPLE
from gotop.model.counts.arrays import Column, Indices, indices
from gotop.model.counts.snapshot import GroupIndex
from gotop.model.counts.stack_table import StackTable
from gotop.model.queries import GroupBy, Hide
from gotop.model.symbols.own_code import OwnCode
from gotop.model.symbols.packages import conceals, module_of
from gotop.model.symbols.symbol_table import SymbolTable
from gotop.model.trees.calls_outward import calls_outward
from gotop.model.trees.flame_graph import ONLY, OUTERMOST
from gotop.model.values import Frame, GroupKey, RowKey

NOT_OWN, CUT_BEFORE = "– none of yours", "– cut before yours"
"""What stands for a stack without an own frame, with the module of its site behind it: of a whole stack, and of one
that had more frames than were kept.
"""


class StackGroups(Protocol):
    """Groups of stacks. `keys` is by group; group 0 has the stacks that are none of the heap's, and is no row."""

    keys: list[GroupKey]

    def __len__(self) -> int:
        """Return how many stacks have been read."""

    def add_stack(self, row: int) -> None:
        """Put the next stack of the table into its groups."""

    def sum_by_group(self, column: Column) -> Column:
        """Sum a column of stacks by group."""

    def sum_own(self, column: Column) -> Column:
        """Sum a column of stacks by the group whose own code made the call that allocates."""


class _Keys:
    """Keys by number, and numbers by key."""

    def __init__(self, by: GroupBy) -> None:
        self.by = by
        self.keys = [GroupKey(by, "")]
        self._numbers: dict[tuple[str, str, int], int] = {}

    def number(self, name: str, file: str, line: int, merged_by: tuple[str, str, int]) -> int:
        """Return the number of a group, made when it is first asked for."""
        number = self._numbers.get(merged_by)
        if number is None:
            number = self._numbers[merged_by] = len(self.keys)
            self.keys.append(GroupKey(self.by, name, file, line))
        return number


class OwnLines:
    """Stacks by the innermost frame that is own code: the line of one's own that made it happen."""

    def __init__(self, table: StackTable, symbols: SymbolTable, own: OwnCode) -> None:
        self._table, self._symbols, self._own = table, symbols, own
        self._names = _Keys(GroupBy.MINE)
        self.keys = self._names.keys
        self._groups = GroupIndex()
        self._first_own: dict[int, Frame | None] = {}

    def __len__(self) -> int:
        return len(self._groups)

    def add_stack(self, row: int) -> None:
        """Put the next stack into the group of its innermost own line."""
        self._groups.add_row(self._group(row) if self._table.rows.kind(row) in (HEAP, SAMPLE) else 0)

    def _group(self, row: int) -> int:
        stacks, known = self._table.rows, self._first_own
        for number in stacks.numbers(row):
            if number not in known:
                frames = self._symbols.frames((stacks.pc(number),))
                known[number] = next((frame for frame in frames if self._own.has(frame)), None)
            frame = known[number]
            if frame is not None:
                place = frame.function, frame.file, frame.line
                return self._names.number(*place, place)
        site = self._table.keys[self._table.group_of[row]]
        module = module_of(site.function, site.file) if site.function else "not known"
        name = f"{CUT_BEFORE if stacks.cut(row) else NOT_OWN}: {module}"
        return self._names.number(name, "", 0, (name, "", 0))

    def sum_by_group(self, column: Column) -> Column:
        """Sum a column of stacks by own line."""
        return self._groups.sum_by_group(column)

    sum_own = sum_by_group


class CumulativeFunctions:
    """Functions with all that was allocated below them, each stack counted once for a function however often that is on
    it (pprof's `cum`), and beside it what their own lines allocate (`flat`). Functions are merged by name, as pprof
    does. Stacks begin at their site: the allocator's own functions are in none.

    Many stacks have the same functions: their counts are summed by these sets first.
    """

    def __init__(self, table: StackTable, symbols: SymbolTable, hide: Hide) -> None:
        self._table, self._symbols, self._hide = table, symbols, hide
        self._names = _Keys(GroupBy.CUMULATIVE)
        self.keys = self._names.keys
        self._innermost = GroupIndex()
        self._sets = GroupIndex()
        self._numbers: dict[frozenset[int], int] = {frozenset(): 0}
        self._pair_sets, self._pair_functions = array("I"), array("I")
        self._pairs: tuple[Indices, Indices] = (indices([]), indices([]))
        self._of_call: dict[int, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self._sets)

    def add_stack(self, row: int) -> None:
        """Put the next stack into the groups of all its functions."""
        functions = list(self._functions(row)) if self._table.rows.kind(row) in (HEAP, SAMPLE) else []
        different = frozenset(functions)
        number = self._numbers.get(different)
        if number is None:
            number = self._numbers[different] = len(self._numbers)
            self._pair_sets.extend([number] * len(different))
            self._pair_functions.extend(different)
        self._sets.add_row(number)
        self._innermost.add_row(functions[0] if functions else 0)

    def _functions(self, row: int) -> Iterator[int]:
        calls, frames_of = calls_outward(self._table.rows, row, self._symbols)
        known, found = self._of_call, False
        for number in calls:
            of_call = known.get(number)
            if of_call is None:
                of_call = tuple(self._number(frame) for frame in frames_of(number) if self._keeps(frame))
                if number >= 0:
                    known[number] = of_call
            found = found or bool(of_call)
            yield from of_call
        if not found:
            name = ONLY[self._hide] or "not known"
            yield self._names.number(name, "", 0, (name, "", 0))

    def _keeps(self, frame: Frame) -> bool:
        return frame.function != OUTERMOST and not conceals(self._hide, frame)

    def _number(self, frame: Frame) -> int:
        return self._names.number(frame.function, frame.file, 0, (frame.function, "", 0))

    def sum_by_group(self, column: Column) -> Column:
        """Sum a column of stacks by function, with all that it calls."""
        by_set = self._sets.sum_by_group(column)
        sums = np.zeros(len(self.keys), column.dtype)
        if len(self._pairs[0]) != len(self._pair_sets):
            self._pairs = (indices(self._pair_sets), indices(self._pair_functions))
        sets, functions = self._pairs
        np.add.at(sums, functions, by_set[sets])
        return sums

    def sum_own(self, column: Column) -> Column:
        """Sum a column of stacks by the innermost function."""
        sums = self._innermost.sum_by_group(column)
        return np.concatenate([sums, np.zeros(len(self.keys) - len(sums), column.dtype)])


class GrowingGroups:
    """Groups as far as stacks have been read, with what answers need of them besides."""

    def __init__(self, table: StackTable, groups: StackGroups) -> None:
        self._table = table
        self.groups = groups
        self._places: dict[RowKey, int] = {}
        self._sorted = indices([])

    def read_stacks(self, at_most: int | None = None) -> tuple[int, int]:
        """Put up to `at_most` stacks more into groups, or all; return how many are in them then, and how many there
        are.
        """
        read, every = len(self.groups), len(self._table.rows)
        for row in range(read, every if at_most is None else min(every, read + at_most)):
            self.groups.add_stack(row)
        return len(self.groups), every

    @property
    def keys(self) -> list[GroupKey]:
        """The key of each group."""
        return self.groups.keys

    def find_group(self, key: RowKey) -> int | None:
        """Return the group with a key, None if there is none."""
        for place in range(len(self._places), len(self.keys)):
            self._places[self.keys[place]] = place
        return self._places.get(key) or None

    def sorted_groups(self) -> Indices:
        """Return all groups but that of stacks that are none of the heap's, ordered by their keys."""
        if len(self._sorted) != len(self.keys) - 1:
            self._sorted = indices(sorted(range(1, len(self.keys)), key=self.keys.__getitem__))
        return self._sorted

    def holding(self, rows: Indices) -> set[int]:
        """Return the groups that some of the stacks are in."""
        marked = np.zeros(len(self._table.rows), np.int64)
        marked[rows] = 1
        return set(np.flatnonzero(self.groups.sum_by_group(marked)).tolist())


class StackGroupsCache:
    """The groups of each kind, made when they are first asked for."""

    def __init__(self, table: StackTable, symbols: SymbolTable, own: OwnCode) -> None:
        self._table, self._symbols, self._own = table, symbols, own
        self.forget_names()

    def forget_names(self) -> None:
        """Begin other groups: names have changed."""
        self._known: dict[tuple[GroupBy, Hide], GrowingGroups] = {}
        self._edition = self._own.edition

    def groups(self, by: GroupBy, hide: Hide) -> GrowingGroups:
        """Return groups as far as they have been read. `hide` is about cumulative functions."""
        if self._edition is not self._own.edition:
            self.forget_names()
        mine = by is GroupBy.MINE
        key = (by, Hide.NOTHING if mine else hide)
        known = self._known.get(key)
        if known is None:
            made: StackGroups = OwnLines(self._table, self._symbols, self._own) if mine else CumulativeFunctions(
                self._table, self._symbols, hide
            )  # fmt: skip
            known = self._known[key] = GrowingGroups(self._table, made)
        return known
