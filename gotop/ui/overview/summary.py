"""The figures above the overview's table: which blocks stand where at a width and height. Pure."""

from __future__ import annotations

from gotop import units
from gotop.model.queries import Window
from gotop.model.session import Session
from gotop.model.sites.moment import Moment
from gotop.ui.colours import Palette
from gotop.ui.frame.blocks import GAP, SIDE, beside, graph
from gotop.ui.overview import blocks
from gotop.ui.text import Line

RATES, MEMORY, PROCESS = 46, 34, 24
THREE = RATES + MEMORY + PROCESS + 2 * GAP + 2 * SIDE
ONE_ROW = THREE + 34
GRAPH_SECONDS = 300.0


def height_for(width: int, screen_height: int) -> int:
    """Return how many lines the figures take: the table keeps more than half of the screen."""
    if width < 80:
        return 7 if screen_height >= 22 else 3
    if width < ONE_ROW:
        return (
            10
            if screen_height >= 28
            else 9
            if screen_height >= 24 and width < THREE
            else 6
            if screen_height >= 18
            else 3
        )
    return 8 if screen_height >= 44 else 6 if screen_height >= 18 else 3


Room = tuple[int, int]
"""Cells and lines for the figures."""


def draw(session: Session, past: Moment | None, window: Window, size: Room, palette: Palette) -> list[Line]:
    """Draw the figures in so many cells and lines, as they are now, or were at a moment of the past."""
    if size[0] < 80:
        return _narrow(session, past, window, size, palette)
    if size[0] < THREE:
        return _medium(session, past, window, size, palette)
    if size[0] < ONE_ROW:
        return _two_rows(session, past, window, size, palette)
    return _wide(session, past, window, size, palette)


def _narrow(session: Session, past: Moment | None, window: Window, size: Room, palette: Palette) -> list[Line]:
    width = size[0] - 2 * SIDE
    half = (width - GAP) // 2
    lines = beside([blocks.rates(session, past, window, width, 3, palette)], [width], palette)
    memory = _memory(session, past, half, 6, palette)
    process = _process(session, past, width - GAP - half, 6, palette)
    lines += beside([memory[1:5], [*process[1:5]]], [half, width - GAP - half], palette)
    return lines[: size[1]]


def _medium(session: Session, past: Moment | None, window: Window, size: Room, palette: Palette) -> list[Line]:
    width = size[0] - 2 * SIDE
    first = min(RATES, width - GAP - 30)
    second = width - GAP - first
    left = blocks.rates(session, past, window, first, 5, palette)
    right = _memory(session, past, second, 5, palette)
    graph_height = size[1] - 5
    lines = beside([left, right], [first, second], palette)
    if graph_height >= 3:
        process = _process(session, past, second, 5, palette)
        lines += beside([_bytes_graph(session, past, first, graph_height, palette), process], [first, second], palette)
    return lines[: size[1]]


def _two_rows(session: Session, past: Moment | None, window: Window, size: Room, palette: Palette) -> list[Line]:
    width = size[0] - 2 * SIDE
    memory = MEMORY + (width - RATES - MEMORY - PROCESS - 2 * GAP) // 2
    process = width - RATES - memory - 2 * GAP
    parts = [
        blocks.rates(session, past, window, RATES, 6, palette),
        _memory(session, past, memory, 6, palette),
        _process(session, past, process, 6, palette),
    ]
    lines = beside(parts, [RATES, memory, process], palette)
    if size[1] >= 9:
        half = (width - GAP) // 2
        rest, height = width - GAP - half, size[1] - 6
        graphs = [
            _bytes_graph(session, past, half, height, palette),
            _allocs_graph(session, past, rest, height, palette),
        ]
        lines += beside(graphs, [half, rest], palette)
    return lines[: size[1]]


def _wide(session: Session, past: Moment | None, window: Window, size: Room, palette: Palette) -> list[Line]:
    width = size[0] - 2 * SIDE
    fixed = [(RATES, blocks.rates(session, past, window, RATES, size[1], palette))]
    after = [
        (MEMORY, _memory(session, past, MEMORY, size[1], palette)),
        (PROCESS, _process(session, past, PROCESS, size[1], palette)),
    ]
    room = width - RATES - MEMORY - PROCESS - 3 * GAP
    graphs = []
    if room >= 70:
        half = (room - GAP) // 2
        graphs = [
            (half, _bytes_graph(session, past, half, size[1], palette)),
            (room - GAP - half, _allocs_graph(session, past, room - GAP - half, size[1], palette)),
        ]
    elif room >= 8:
        graphs = [(room, _bytes_graph(session, past, room, size[1], palette))]
    parts = [*fixed, *graphs, *after]
    return beside([lines for _, lines in parts], [part for part, _ in parts], palette)


def _memory(session: Session, past: Moment | None, width: int, height: int, palette: Palette) -> list[Line]:
    runtime = session.runtime.as_of(past.timeline) if past else session.runtime
    return blocks.memory(session.heap(past), runtime.last_pauses(blocks.PAUSES_COUNTED), width, height, palette)


def _process(session: Session, past: Moment | None, width: int, height: int, palette: Palette) -> list[Line]:
    cpu = session.history("cpu_percent", 20.0, past)
    return blocks.process(session.process(past), session.goroutines(past), cpu, width, height, palette)


def _bytes_graph(session: Session, past: Moment | None, width: int, height: int, palette: Palette) -> list[Line]:
    values = session.history("bytes", GRAPH_SECONDS, past)
    return graph("bytes/s", values, units.size, palette.bytes_ramp, width, height, palette)


def _allocs_graph(session: Session, past: Moment | None, width: int, height: int, palette: Palette) -> list[Line]:
    values = session.history("allocs", GRAPH_SECONDS, past)
    return graph("allocs/s", values, units.count, palette.allocs_ramp, width, height, palette)
