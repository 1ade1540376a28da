"""The flame view: who calls whom, and what is allocated there, as wide as it is much."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from gotop import units
from gotop.model.queries import Hide
from gotop.model.trees.flame_graph import ROOT, CodeOrigin, FlameQuery, FlameTree
from gotop.model.values import Frame
from gotop.ui import keys
from gotop.ui.flame.flame_graph import FlameGraph, amount_of
from gotop.ui.frame.base_view import View
from gotop.ui.frame.chrome import filter_part, windows
from gotop.ui.frame.hiding import HIDE_WORDS, next_hide
from gotop.ui.frame.status_text import no_reading
from gotop.ui.frame.time_windows import compares_marks
from gotop.ui.incremental_build import IncrementalBuild, progress_text
from gotop.ui.text import Line, Part, choose, function_parts, left, location, spread, type_name, width_of_line
from gotop.ui.widgets.static_lines import StaticLines

NAMED = 28
"""Cells that the selected function's name has, whatever there is to say of it."""


class FlameView(View):
    """The graph, and below it what is selected."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.FLAME_VIEW]

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.query_now = FlameQuery()
        self.search = ""
        self._share = 0.0
        self._build = IncrementalBuild(self.set_timer, self.draw)

    def compose(self) -> ComposeResult:
        """Graph above, what is selected below."""
        yield FlameGraph()
        yield StaticLines(id="flame-info")

    @property
    def graph(self) -> FlameGraph:
        """The graph."""
        return self.query_one(FlameGraph)

    def draw(self) -> None:
        """Show the newest figures, or those of the moment one looks back at."""
        query = replace(self.query_now, window=self.monitor.time.window)
        progress = self._build.needs_more(lambda at_most: self.monitor.session.read_flame(query.hide, at_most))
        if progress is not None:
            self.query_one("#flame-info", StaticLines).show([[("  " + progress_text(progress), self.palette.dim)]])
            return
        flame, graph = self.monitor.session.flame(query, self.monitor.time.moment), self.graph
        found, total = flame.matching(self.search) if self.search else (set[int](), 0)
        self._share = total / flame.value(ROOT) if flame.value(ROOT) else 0.0
        graph.empty, graph.estimated = self._empty(), self._estimated
        graph.show(flame, found)
        self._draw_info()
        if (bar := self.input_bar) is not None and bar.purpose == "search":
            bar.show_result(f"{units.about(units.percent(self._share), self._estimated)} of all")

    @property
    def _estimated(self) -> bool:
        return self.monitor.time.moment.estimated(self.monitor.time.window)

    def _empty(self) -> str:
        if self.query_now.filter:
            return f"No site matches {self.query_now.filter}: Esc clears the filter"
        return no_reading(self.monitor.session) or "Nothing was allocated in this window"

    # What is selected

    @property
    def frame(self) -> Frame | None:
        """The function under the cursor; of a type the site that allocates it."""
        graph = self.graph
        if graph.flame is None or graph.box is None:
            return None
        return graph.flame.frame(graph.box.last) or graph.flame.frame(graph.flame.parent(graph.box.last))

    def _draw_info(self) -> None:
        board, flame, box = self.query_one("#flame-info", StaticLines), self.graph.flame, self.graph.box
        if flame is None or box is None:
            board.show([])
            return
        width = self.app.size.width
        board.show([self._figures(flame, box.node, width), self._names(flame, box.node, box.last, width)])

    def _figures(self, flame: FlameTree, node: int, width: int) -> Line:
        palette = self.palette
        end = choose(self._amounts(flame, node), width - NAMED)
        room = width - width_of_line(end) - 1
        start = choose(self._title(flame, node, min(room, max(NAMED, width // 2)) - 1), room)
        return spread(start, end, width, (" ", palette.dim))

    def _amounts(self, flame: FlameTree, node: int) -> list[Part]:
        palette, estimated = self.palette, self._estimated
        of_all, of_caller = (
            units.about(units.percent(flame.value(node) / flame.value(whole)), estimated)
            for whole in (ROOT, flame.parent(node))
        )
        parts: list[Part] = [
            (0, [(f"  {amount_of(flame, node, estimated)}", palette.strong)]),
            (2, [(f"  {of_all} of all", palette.text)]),
            (3, [(f"  {of_caller} of its caller", palette.dim)]),
        ]
        if flame.before is not None:
            change = flame.rate(node) - flame.before.rate(node)
            form = units.size_rate if flame.query.by_bytes else units.count_rate
            style = palette.bad if change > 0 else palette.good
            difference = f"{'+' if change > 0 else '−'}{form(abs(change))}"
            parts.append((1, [(f"  {units.about(difference, estimated)} against A", style)]))
        return [*parts, (0, [(" ", palette.dim)])]

    def _title(self, flame: FlameTree, node: int, room: int) -> list[Part]:
        palette, label = self.palette, flame.label(node)
        if node == ROOT:
            return [(0, [(" all allocations", palette.title)])]
        if label.origin is CodeOrigin.TYPE:
            return [(0, [(" " + (type_name(label.text, room) if label.text else "no type"), palette.kind)])]
        package, rest = function_parts(label.text, room)
        frame = flame.frame(node)
        where = location(frame.file, frame.line, 40) if frame else ""
        return [(0, [(" " + package, palette.dim), (rest, palette.title)]), (1, [("  " + where, palette.accent)])]

    def _names(self, flame: FlameTree, node: int, last: int, width: int) -> Line:
        """The calls that are folded into the box; otherwise where the zoom is."""
        palette = self.palette
        names = []
        while last != node:
            names.append("".join(function_parts(flame.label(last).text, 40)))
            last = flame.parent(last)
        if names:
            return [(left(" › " + " › ".join(reversed(names)), width), palette.dim)]
        zoom = [label.text.rpartition("/")[2] for label in self.graph.zoom]
        return [(left(" zoom: " + " › ".join(zoom[-3:]), width), palette.dim)] if zoom else []

    def on_flame_graph_selected(self, event: FlameGraph.Selected) -> None:
        """Another box: its figures."""
        event.stop()
        self._draw_info()
        self.refresh_bindings()

    # Keys

    def _ask(self, query: FlameQuery) -> None:
        self.query_now = query
        self.draw()
        self.monitor.draw_bars()

    def action_unit(self) -> None:
        """Bytes or objects."""
        self._ask(replace(self.query_now, by_bytes=not self.query_now.by_bytes))

    def action_hide(self) -> None:
        """Leave out frames of the runtime, then of the standard library, then none."""
        self._ask(replace(self.query_now, hide=next_hide(self.query_now.hide)))

    def action_around(self) -> None:
        """Who calls the selected function, and what it calls."""
        if self.frame is not None:
            self.monitor.navigation.open_function(self.frame, self.query_now.hide)

    async def action_filter(self) -> None:
        """Open the line to type a filter in."""
        await self.open_filter(self.query_now.filter)

    async def action_search(self) -> None:
        """Open the line to type what to search for in."""
        await self.open_search(self.search, "function or type")
        self.draw()

    def action_clear_filter(self) -> None:
        """Forget the search; then the filter."""
        if self.search:
            self.search_typed("")
        else:
            self._ask(replace(self.query_now, filter=""))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """One line to type in at a time; Esc is offered where there is something to clear."""
        if action == "around":
            return self.frame is not None
        if action == "clear_filter":
            return bool(self.search or self.query_now.filter)
        return self.input_bar is None if action in ("filter", "search") else True

    def filter_typed(self, text: str) -> None:
        """Another filter."""
        self._ask(replace(self.query_now, filter=text))

    def search_typed(self, text: str) -> None:
        """Another search."""
        self.search = text
        self.draw()
        self.monitor.draw_bars()

    def focus_rows(self) -> None:
        """Back to the graph."""
        self.screen.set_focus(self.graph)

    def state(self, action: str) -> str:
        """Of unit, direction, folding, filter, search and what is hidden."""
        query, graph = self.query_now, self.graph
        return {
            "unit": "bytes" if query.by_bytes else "allocations",
            "turn": "flame" if graph.upward else "icicle",
            "fold": "folded" if graph.fold else "every call",
            "filter": query.filter,
            "search": self.search,
            "hide": HIDE_WORDS[query.hide],
        }.get(action, "")

    def note(self) -> list[Part]:
        """Unit, filter, search, window."""
        palette, query = self.palette, self.query_now
        parts: list[Part] = []
        if query.filter:
            parts.append(filter_part(query.filter, False, self.app.size.width, palette))
        if self.search:
            wanted = "≈" + left(self.search, min(16, len(self.search)))
            share = " " + units.about(units.percent(self._share), self._estimated)
            parts.append((0, [("  ", palette.dim), (wanted, palette.match), (share, palette.text)]))
        if query.hide is not Hide.NOTHING:
            hidden = self.graph.flame.hidden if self.graph.flame else 0
            parts.append((1, [(f"  {HIDE_WORDS[query.hide]} (−{hidden:,} functions)", palette.warn)]))
        parts.append((2, [("  by " + ("bytes" if query.by_bytes else "allocations"), palette.dim)]))
        compared = compares_marks(self.monitor.time.moment, self.monitor.time.window)
        return [*parts, (4, [(" ", palette.dim)]), *windows(self.monitor.time.window, palette, compared)]
