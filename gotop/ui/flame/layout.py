"""Where the boxes of a flame graph stand. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gotop.model.trees.flame_graph import FlameTree


@dataclass(frozen=True, slots=True)
class Box:
    """Cells `x` to `x + width` of a row. It stands for `node` and for the callees down to `last`, `folded` of them."""

    node: int
    last: int
    folded: int
    row: int
    x: int
    width: int


BoxRows = list[list[Box]]


def layout(flame: FlameTree, root: int, width: int, fold: bool) -> BoxRows:
    """Place the boxes of a tree in rows, the root's first. What would be narrower than a cell is left out.

    `fold`: a chain of callees as wide as their caller is one box, for as far as nothing else there is wide enough.
    """
    rows: BoxRows = []
    total = flame.value(root)
    if total <= 0 or width <= 0:
        return rows
    scale = width / total
    todo: list[tuple[int, float, int]] = [(root, 0.0, 0)]
    while todo:
        node, start, row = todo.pop()
        x, end = round(start), round(start + flame.value(node) * scale)
        visible = _visible(flame, node, start, scale)
        last, folded = node, 0
        while fold and node != root and len(visible) == 1 and _spans(visible[0], flame, scale, x, end):
            callee = visible[0][0]
            below = _visible(flame, callee, visible[0][1], scale)
            if not below:  # the type stays a box of its own
                break
            last, folded, visible = callee, folded + 1, below
        while len(rows) <= row:
            rows.append([])
        rows[row].append(Box(node, last, folded, row, x, end - x))
        todo += [(child, at, row + 1) for child, at in reversed(visible)]
    return rows


def _visible(flame: FlameTree, node: int, start: float, scale: float) -> list[tuple[int, float]]:
    found = []
    for child in flame.children(node):
        end = start + flame.value(child) * scale
        if round(end) > round(start):
            found.append((child, start))
        start = end
    return found


def _spans(child: tuple[int, float], flame: FlameTree, scale: float, x: int, end: int) -> bool:
    return round(child[1]) == x and round(child[1] + flame.value(child[0]) * scale) == end


def box_of(rows: BoxRows, flame: FlameTree, node: int) -> Box | None:
    """Return the box that shows a node, or the nearest caller that has one."""
    shown = {each: box for row in rows for box in row for each in _nodes(flame, box)}
    while node not in shown:
        if node == flame.parent(node):
            return rows[0][0] if rows else None
        node = flame.parent(node)
    return shown[node]


def _nodes(flame: FlameTree, box: Box) -> list[int]:
    nodes = [box.last]
    while nodes[-1] != box.node:
        nodes.append(flame.parent(nodes[-1]))
    return nodes


def neighbour_of(rows: BoxRows, box: Box, step: int) -> Box:
    """Return the next box of the same row, or the same one at its end."""
    row = rows[box.row]
    return row[min(max(row.index(box) + step, 0), len(row) - 1)]


def callee_of(rows: BoxRows, box: Box) -> Box:
    """Return the widest callee, or the same box where it ends."""
    if box.row + 1 >= len(rows):
        return box
    inside = [other for other in rows[box.row + 1] if box.x <= other.x < box.x + box.width]
    return max(inside, key=lambda other: other.width, default=box)


def caller_of(rows: BoxRows, box: Box) -> Box:
    """Return the caller."""
    if box.row == 0:
        return box
    return next(other for other in reversed(rows[box.row - 1]) if other.x <= box.x)


def box_at(rows: BoxRows, row: int, x: int) -> Box | None:
    """Return the box that covers a cell."""
    if not 0 <= row < len(rows):
        return None
    return next((box for box in rows[row] if box.x <= x < box.x + box.width), None)
