"""A `go` statement from within: its goroutines' states and stacks, who runs it, and who started those. Likewise a
function in which stacks grow, and a place where they are newly allocated.
"""

from __future__ import annotations

from collections.abc import Sequence

from gotop import units
from gotop.agent.protocol import COPY, GO
from gotop.model.queries import Hide, Window
from gotop.model.runtime.goroutine_values import GoroutineSite, NewStackSite, RuntimeStack, StackGrowthSite, StackOwner
from gotop.model.trees.caller_tree import count_tree
from gotop.model.values import SiteKey
from gotop.ui.colours import Palette
from gotop.ui.frame.call_tree import CallTree, title_of
from gotop.ui.frame.detail_screen import NARROW
from gotop.ui.frame.labelled_figures import comma_list, facts
from gotop.ui.goroutines.columns import resized
from gotop.ui.stacks.columns import STACK_COLUMNS
from gotop.ui.stacks.distinguish_stacks import HasStack, Stack
from gotop.ui.stacks.stacks_screen import StacksScreen
from gotop.ui.text import Line, Part, function_parts, right
from gotop.ui.widgets.columns import Column


def _count(stack: Stack, width: int, palette: Palette) -> Line:
    return [(right(units.count(stack.row.count), width), palette.text)]


def _per_s(stack: Stack, width: int, palette: Palette) -> Line:
    return [(right(units.count(stack.row.per_s), width), palette.text)]


def _before(stack: Stack, width: int, palette: Palette) -> Line:
    return [(right(units.size(stack.row.before), width), palette.dim)]


def _size(stack: Stack, width: int, palette: Palette) -> Line:
    return [(right(units.size(stack.row.size), width), palette.dim)]


_OF_ALL = {column.name: column for column in STACK_COLUMNS}
COUNTED = (
    _OF_ALL["name"],
    Column("count", "TIMES", _count, 7, rank=0),
    Column("per_s", "PER S", _per_s, 7, rank=1),
    _OF_ALL["frames"],
)
FROM: Column[Stack] = Column("before", "FROM", _before, 7, rank=1)
TO: Column[Stack] = Column("size", "TO", _size, 7, rank=1)


class GoroutineStacks(StacksScreen):
    """`kind`: `GO`, `COPY` or `MALG`, and the site's key as that of its row."""

    counted = "TIMES"

    def __init__(self, kind: int, key: SiteKey, owner: StackOwner | None = None) -> None:
        super().__init__(key)
        self._kind = kind
        self._owner = owner
        sizes = () if kind == GO else (FROM, TO) if kind == COPY else (TO,)
        self.stack_columns = (*COUNTED, *sizes)
        if kind == GO:
            self.tree_title, self.counted = "CREATED BY", "CREATED"

    def read_stacks(self) -> Sequence[HasStack]:
        """Return the stacks that ran the statement, or that were copied or allocated."""
        return self._read()

    def _read(self) -> tuple[RuntimeStack, ...]:
        return self.monitor.time.runtime.stacks(self._kind, self.key, self.monitor.time.window, self._owner)

    def show_tree(self, tree: CallTree) -> None:
        """Show the `go` statements that led here, or callers; counted since the start, as are the stacks."""
        if self._kind == GO:
            title = title_of(self.tree_title, Window.TOTAL, Hide.NOTHING)
            tree.show_tree(self.monitor.time.runtime.creation_tree(self.key), title)
        else:
            title = title_of(self.tree_title, Window.TOTAL, self.hide)
            stacks = ((stack.frames, stack.count) for stack in self._read())
            tree.show_tree(count_tree(stacks, self.hide), title)

    def head(self, width: int) -> list[list[Line]]:
        """Write what is known of the row that was opened."""
        runtime, window = self.monitor.time.runtime, self.monitor.time.window
        if self._kind == GO:
            site = runtime.goroutine_site(self.key, window)
            return statement_head(site, width, self.palette) if site else []
        if self._kind == COPY:
            growths = [each for each in runtime.growth_sites(window) if each.key == self.key]
            return growth_head(growths[0], width, self.palette) if growths else []
        made = [each for each in runtime.new_stack_sites(window) if each.owner is self._owner]
        return [new_head(each, width, self.palette) for each in made if each.key == self.key]

    def location_parts(self, room: int) -> list[Part]:
        """Return file and line, and the function that is started."""
        starts: Line = [("  " + self.key.type, self.palette.kind)] if self.key.type else []
        return [*super().location_parts(room), (2, starts)]

    def figures(self) -> Line:
        """Leave the second line without figures: they stand above the stacks."""
        return []


def statement_head(site: GoroutineSite, width: int, palette: Palette) -> list[list[Line]]:
    """Write living goroutines by state, where their stacks came from and what became of them."""
    lived = "not read" if site.live is None else f"{site.live:,}"
    states = [f"{name} {count:,}" for name, count in site.states]
    created = f"{site.created:,}, {units.count_rate(site.created_per_s)}" if site.created is not None else units.UNKNOWN
    groups = [
        (("live", lived), ("stacks", units.size(site.stack_bytes)), ("created", created)),
        (("states", comma_list(states, width - 10) or "–"),),
        (("new stacks", _known(site.new)), ("reused", _known(site.reused)), *_grown(site)),
    ]
    if width < NARROW:  # there is room for it nowhere else
        groups.append((("starts", "".join(function_parts(site.starts, width - 9))),))
    return [facts(group, width, palette) for group in groups]


def _known(value: int | None) -> str:
    """Write a count; None: a go statement starts several functions, and whose goroutine got the stack is not known."""
    return "not known apart" if value is None else f"{value:,}"


def _grown(site: GoroutineSite) -> Sequence[tuple[str, str]]:
    about = "≈" if site.shared else ""
    return (
        ("grown", f"{about}{site.growths:,}"),
        ("shrunk", f"{about}{site.shrinks:,}"),
        ("copied ≤", f"{about}{units.size(site.copied)}"),
    )


def growth_head(site: StackGrowthSite, width: int, palette: Palette) -> list[list[Line]]:
    """Write how often stacks grew and shrank in a function, and from which sizes to which."""
    grown = f"{site.growths:,}, {units.count_rate(site.growths_per_s)}"
    sizes = comma_list(list(map(resized, site.sizes)), width - 13)
    told = (("grown", grown), ("shrunk", f"{site.shrinks:,}"), ("copied ≤", units.size(site.copied)))
    return [facts(group, width, palette) for group in (told, (("from → to", sizes),))]


def new_head(site: NewStackSite, width: int, palette: Palette) -> list[Line]:
    """Write whose new stacks these are, how many, and how large."""
    figures = (("stacks of", site.owner.value), ("new", f"{site.count:,}"), ("of", units.size(site.size)),
             ("together", units.size(site.bytes)))  # fmt: skip
    return facts(figures, width, palette)
