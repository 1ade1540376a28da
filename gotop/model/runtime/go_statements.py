"""`go` statements with the goroutines they started, and the statements that led to them."""

from __future__ import annotations

from collections import Counter

from gotop.agent.protocol import GO
from gotop.model.counts.arrays import present, value_at
from gotop.model.counts.span import Span
from gotop.model.counts.stack_table import StackTable
from gotop.model.runtime.goroutine_stacks import BOOT, GoroutineStackStats, StackGrowth, frame_of_key
from gotop.model.runtime.goroutine_values import GoroutineSite
from gotop.model.runtime.goroutines import GoroutineGroup, is_system
from gotop.model.trees.caller_tree import CallerNode
from gotop.model.values import Frame, SiteKey

DEEPEST = 24
"""Generations that a chain of creation is followed."""

CUT_OFF = "(stack cut off)"
"""Stands for the goroutine that ran a statement where its stack does not lead back to its beginning."""


class GoStatements:
    """The `go` statements that ran in one span, and the goroutines that live by one reading (None: there is no such
    reading). `hooked`: statements are counted.
    """

    def __init__(
        self, table: StackTable, copies: GoroutineStackStats, span: Span, living: dict[SiteKey, GoroutineGroup] | None,
        hooked: bool = True,
    ) -> None:  # fmt: skip
        self._stacks = copies
        self._hooked = hooked
        self._span = span
        ran = present(table.groups(GO), span.end.group_allocs)
        self._groups = {table.keys[group]: group for group in ran.tolist()}
        self._living = None if living is None else self._placed(living)

    def sites(self) -> tuple[GoroutineSite, ...]:
        """Return a row for each statement and function it starts; most living goroutines first, then most created."""
        keys = self._groups | (self._living or {})
        statements = Counter((key.function, key.file, key.line) for key in keys)
        starters = Counter(key.type for key in keys)
        new, grown = self._stacks.new_by_statement(), self._stacks.growth_by_root()
        found = [self._site(key, statements, starters, new, grown) for key in keys]
        order = lambda site: (-(site.live or 0), -(site.created or 0), site.function, site.line)  # noqa: E731
        return tuple(sorted(found, key=order))

    def _placed(self, living: dict[SiteKey, GoroutineGroup]) -> dict[SiteKey, GoroutineGroup]:
        """Return living goroutines by the statements that started them. The main goroutine was started by assembly
        (runtime/asm_amd64.s rt0_go), through a wrapper without a line: it belongs to the one statement that starts the
        same function.
        """
        starters: dict[str, list[SiteKey]] = {}
        for key in self._groups:
            starters.setdefault(key.type, []).append(key)
        placed = {}
        for key, group in living.items():
            known = starters.get(key.type, []) if not key.function else []
            placed[known[0] if len(known) == 1 and known[0] not in living else key] = group
        return placed

    def _site(
        self, key: SiteKey, statements: Counter[tuple[str, str, int]], starters: Counter[str],
        new: Counter[tuple[str, str, int]], grown: dict[str, StackGrowth],
    ) -> GoroutineSite:  # fmt: skip
        if not self._hooked:
            return self._living_site(key)
        created, since = self._created(key)
        alive = (self._living or {}).get(key, GoroutineGroup())
        place = (key.function, key.file, key.line)
        fresh = min(created, new[place]) if statements[place] == 1 else None
        growth = grown.get(key.type, StackGrowth())
        return GoroutineSite(
            key.function, key.file, key.line, key.type, created, self._span.per_second(since),
            live=None if self._living is None else alive.live,
            stack_bytes=None if self._living is None else alive.stack_bytes,
            states=tuple(alive.states.most_common()),
            system=is_system(key.type),
            new=fresh,
            reused=None if fresh is None else created - fresh,
            growths=growth.growths, shrinks=growth.shrinks, copied=growth.copied,
            shared=starters[key.type] > 1,
        )  # fmt: skip

    def _living_site(self, key: SiteKey) -> GoroutineSite:
        alive = (self._living or {}).get(key, GoroutineGroup())
        return GoroutineSite(
            key.function, key.file, key.line, key.type, None, None, alive.live, alive.stack_bytes,
            tuple(alive.states.most_common()), is_system(key.type), growths=None, shrinks=None, copied=None,
        )  # fmt: skip

    def _created(self, key: SiteKey) -> tuple[int, int]:
        group = self._groups.get(key)
        if group is None:
            return 0, 0
        created = value_at(self._span.end.group_allocs, group)
        return created, created - value_at(self._span.begin.group_allocs, group)

    def creation_tree(self, key: SiteKey) -> CallerNode:
        """Return the code that created these goroutines, as a tree from the statement outward; `allocs` are goroutines.

        A node is a `go` statement, or a function that no known statement started, such as `runtime.main`, or that only
        statements on the way already have started (`again`). Where several statements start the function that ran one,
        all are listed with 0, as no one's part is known.
        """
        created = self._created(key)[0]
        return self._node(key, created, created, (key,))

    def _node(self, key: SiteKey, count: int, whole: int, way: tuple[SiteKey, ...]) -> CallerNode:
        children: list[CallerNode] = []
        roots = self._stacks.root_functions(key) if len(way) < DEEPEST else Counter[str]()
        ran = roots.total()
        for root, times in roots.most_common():
            # How many of these goroutines a way led to is known one generation back, and beyond it only in proportion.
            part = round(count * times / ran)
            every = [other for other in self._groups if other.type == root]
            starters = [other for other in every if other not in way]
            if not starters and root not in BOOT:  # before that there is nothing
                frame = Frame(f"{root} (again)" if every else root or CUT_OFF, "", 0, False)
                children.append(CallerNode(frame, part, 0, part / whole if whole else 0.0, ()))
            for other in starters:
                mine = part if len(starters) == 1 else 0
                children.append(self._node(other, mine, whole, (*way, other)))
        ordered = tuple(sorted(children, key=lambda child: -child.allocs))
        return CallerNode(frame_of_key(key), count, 0, count / whole if whole else 0.0, ordered)
