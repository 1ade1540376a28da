"""A flame graph in lines of cells: boxes, the one that is selected, and those that were searched for."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.message import Message

from gotop import units
from gotop.model.queries import Window
from gotop.model.symbols.call_site import split_package
from gotop.model.trees.flame_graph import ROOT, CodeOrigin, FlameLabel, FlameTree
from gotop.ui import keys
from gotop.ui.colours import Palette
from gotop.ui.flame.layout import Box, BoxRows, box_at, box_of, callee_of, caller_of, layout, neighbour_of
from gotop.ui.text import Line, function_parts, left, type_name, width_of
from gotop.ui.widgets.lines import Lines

FlamePath = tuple[FlameLabel, ...]
EDGE = "▏"
SHORT = 28
"""In fewer cells than these a function is written without its package if it does not fit with it."""
TALL = 2
"""Lines of a box where there is room for all of them: whom it stands for, and how much that is."""
SPARE = 4
"""Lines that have to be over before boxes become tall: a row more or less makes no other graph of it."""


class FlameGraph(Lines, can_focus=True):
    """Selection and zoom hold paths, so that they outlive new figures, filters and reconnections."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.FLAME_GRAPH]

    class Selected(Message):
        """Say that another box is selected, or that the zoom has changed."""

    def __init__(self) -> None:
        super().__init__(id="flame-graph")
        self.fold = True
        self.upward = False
        self.zoom: FlamePath = ()
        self.selection: FlamePath = ()
        self.empty = ""
        self.estimated = False
        self.flame: FlameTree | None = None
        self.box: Box | None = None
        self.found: set[int] = set()
        self._rows: BoxRows = []
        self._top = 0
        self._tall = 1

    def show(self, flame: FlameTree, found: set[int]) -> None:
        """Take new figures."""
        self.flame, self.found = flame, found
        root = flame.find(self.zoom)
        self._rows = layout(flame, root, self.size.width, self.fold)
        self.box = box_of(self._rows, flame, max(flame.find(self.selection), root)) if self._rows else None
        over = self.size.height - TALL * len(self._rows)
        self._tall = TALL if over >= (SPARE if self._tall == 1 else 0) else 1
        self._scroll_to_box()
        self.refresh()

    @property
    def boxes(self) -> list[Box]:
        """All that are wide enough to be seen."""
        return [box for row in self._rows for box in row]

    @property
    def deepest_top(self) -> int:
        """How far one can scroll."""
        return max(0, len(self._rows) - self._shown)

    @property
    def _shown(self) -> int:
        """BoxRows that have room."""
        return self.size.height // self._tall

    def _again(self) -> None:
        if self.flame is not None:
            self.show(self.flame, self.found)
        self.post_message(self.Selected())

    def select(self, box: Box) -> None:
        """Select a box."""
        if self.flame is not None:
            self.box = box
            self.selection = self.flame.path(box.node)
            self._scroll_to_box()
            self.refresh()
            self.post_message(self.Selected())

    def _scroll_to_box(self) -> None:
        if self.box is not None:
            self._top = min(max(self._top, self.box.row - self._shown + 1), self.box.row)
        self._top = max(0, min(self._top, self.deepest_top))

    # Keys and mouse

    def action_vertical(self, step: int) -> None:
        """Select the caller or a callee, wherever those are drawn."""
        if self.box is not None:
            self.select((callee_of if (step > 0) != self.upward else caller_of)(self._rows, self.box))

    def action_horizontal(self, step: int) -> None:
        """Select a box beside this one."""
        if self.box is not None:
            self.select(neighbour_of(self._rows, self.box, step))

    def action_zoom_in(self) -> None:
        """Let the selected box take the whole width."""
        if self.box is not None and self.flame is not None:
            self.zoom = self.selection = self.flame.path(self.box.node)
            self._top = 0
            self._again()

    def action_zoom_out(self) -> None:
        """Zoom out by one: the next wider box takes the whole width."""
        if self.flame is None:
            return
        node = self.flame.find(self.zoom)
        value, parent = self.flame.value(node), self.flame.parent(node)
        while parent != ROOT and self.flame.value(parent) == value:
            parent = self.flame.parent(parent)
        self.zoom = self.flame.path(parent)
        self._again()

    def action_zoom_reset(self) -> None:
        """Zoom out to the root."""
        self.zoom = ()
        self._again()

    def action_turn(self) -> None:
        """Callers at the bottom, or at the top."""
        self.upward = not self.upward
        self._again()

    def action_fold(self) -> None:
        """Chains of calls as one box, or each call."""
        self.fold = not self.fold
        self._again()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Esc is offered only where there is something to leave."""
        return bool(self.zoom) if action in ("zoom_out", "zoom_reset") else True

    def on_resize(self) -> None:
        """Another width: other boxes."""
        if self.flame is not None:
            self.show(self.flame, self.found)

    def on_click(self, event: events.Click) -> None:
        """A click selects; on what is selected, it zooms."""
        event.stop()
        box = box_at(self._rows, self._row_at(event.y), event.x)
        if box is not None and box == self.box:
            self.action_zoom_in()
        elif box is not None:
            self.select(box)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls."""
        self._wheel(event, 2)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls."""
        self._wheel(event, -2)

    def _wheel(self, event: events.MouseEvent, lines: int) -> None:
        event.stop()
        self._top = max(0, min(self._top + (-lines if self.upward else lines), self.deepest_top))
        self.refresh()

    # Drawing

    def _row_at(self, y: int) -> int:
        return self._top + (self.size.height - 1 - y if self.upward else y) // self._tall

    def line(self, y: int) -> Line:
        """One line of a row of boxes: names, or figures below them."""
        palette, width, row = self.palette, self.size.width, self._row_at(y)
        if not self._rows and y == self.size.height // 3:
            return [(self.empty.center(width), palette.dim)]
        if self.flame is None or row >= len(self._rows):
            return []
        second = row == self._row_at(y - 1)
        line: Line = []
        used = 0
        for box in self._rows[row]:
            if box.x > used:
                line.append((" " * (box.x - used), palette.text))
            body = self._style(box, self.flame, palette)
            edge = palette.flame_edge + Style(bgcolor=body.bgcolor, reverse=body.reverse)
            said = box_figures(box, self.flame, self.estimated) if second else caption(box, self.flame)
            line += [(EDGE, edge), (said, body)]
            used = box.x + box.width
        return line

    def _style(self, box: Box, flame: FlameTree, palette: Palette) -> Style:
        if box == self.box:
            return palette.flame_cursor if self.has_focus else palette.flame_cursor_idle
        if self.found and (box.node in self.found or box.last in self.found):
            return palette.flame_match
        change = flame.change(box.node)
        if change is not None and box.node != ROOT:
            return palette.flame_change(change)
        shades = palette.flame(flame.label(box.node).origin.name if box.node != ROOT else "")
        return shades[box.node % len(shades)]


def caption(box: Box, flame: FlameTree) -> str:
    """What is written in a box: whom it stands for, where it leads to, as far as there is room."""
    room = box.width - 1
    if room < 3:
        return " " * room
    first, last = _name(flame, box.node, room), _name(flame, box.last, room)
    if box.folded:
        both = f"{first} › {last}" if box.folded == 1 else f"{first} › {box.folded - 1} more › {last}"
        first = both if len(both) <= room else first
    return left(first, room)


def box_figures(box: Box, flame: FlameTree, estimated: bool) -> str:
    """How much a box stands for, and which share of all that is, as far as there is room."""
    room = box.width - 1
    amount = amount_of(flame, box.node, estimated)
    share = units.about(units.percent(flame.value(box.node) / flame.value(ROOT)), estimated)
    said = (f"{amount}  {share} of all", f"{amount}  {share}", amount, share)
    return left(next((each for each in said if width_of(each) <= room), ""), room)


def amount_of(flame: FlameTree, node: int, estimated: bool) -> str:
    """What is allocated below it, a second where the window is not everything."""
    by_bytes = flame.query.by_bytes
    if flame.query.window is Window.TOTAL:
        text = (units.size if by_bytes else units.count)(flame.value(node))
    else:
        text = (units.size_rate if by_bytes else units.count_rate)(flame.rate(node))
    return units.about(text, estimated)


def _name(flame: FlameTree, node: int, room: int) -> str:
    label = flame.label(node)
    if node == ROOT:
        return "all"
    if label.origin is CodeOrigin.TYPE:
        return type_name(label.text, room) if label.text else "no type"
    package, rest = function_parts(label.text, min(room, 48))
    whole = package + rest
    return whole if room >= SHORT or len(whole) < room else split_package(label.text)[1].removeprefix(".")
