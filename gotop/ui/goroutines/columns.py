"""Columns of the goroutine view's pages."""

from __future__ import annotations

from dataclasses import replace

from gotop import units
from gotop.model.runtime.goroutine_values import GoroutineSite, NewStackSite, StackGrowthSite, StackResize
from gotop.ui.colours import Palette
from gotop.ui.frame import common_columns
from gotop.ui.frame.facts import comma_list, goroutine_states
from gotop.ui.text import Line, left
from gotop.ui.widgets.columns import Column


def _shared(row: GoroutineSite, text: str) -> str:
    """Several statements start the function: what its goroutines did is not this statement's alone."""
    return "≈" + text if row.shared and text != "0" else text


def _states(row: GoroutineSite, width: int, palette: Palette) -> Line:
    return [(left(goroutine_states(row.states, width), width), palette.kind)]


STATEMENTS: tuple[Column[GoroutineSite], ...] = (
    common_columns.function("starts", "STARTS", lambda row: row.starts, 20, 50, 0, 22),
    common_columns.function("function", "GO STATEMENT IN", lambda row: row.function, 18, 44, 6),
    common_columns.place(rank=1, least=14),
    common_columns.figure("live", "LIVE", lambda row: units.count(row.live), 0, strong=True),
    Column("state", "STATES", _states, 13, 38, False, 2, "state", order_by=lambda row: row.state),
    common_columns.figure("stack_bytes", "STACKS", lambda row: units.size(row.stack_bytes), 1),
    common_columns.figure("created_per_s", "NEW/S", lambda row: units.count(row.created_per_s), 2),
    common_columns.figure("created", "CREATED", lambda row: units.count(row.created), 3),
    common_columns.figure("new", "NEW STACKS", lambda row: units.count(row.new), 7),
    common_columns.figure("reused", "REUSED", lambda row: units.count(row.reused), 8),
    common_columns.figure("growths", "GROWN", lambda row: _shared(row, units.count(row.growths)), 5),
    common_columns.figure("shrinks", "SHRUNK", lambda row: _shared(row, units.count(row.shrinks)), 9),
    common_columns.figure("copied", "COPIED", lambda row: _shared(row, units.size(row.copied)), 10, 9),
)  # fmt: skip


def resized(size: StackResize) -> str:
    """`2.05 → 4.10 kB ×120`: the unit once, where both have the same."""
    (old, unit), (new, other) = (units.size(value).split(" ") for value in (size.old, size.new))
    sizes = f"{old} → {new} {other}" if unit == other else f"{old} {unit} → {new} {other}"
    return f"{sizes} ×{units.count(size.count)}"


GROWTHS: tuple[Column[StackGrowthSite], ...] = (
    common_columns.function("function", "STACKS GROW IN",
                            lambda row: row.function or "(its frames are not known)", 24, 56, 0),
    common_columns.place(rank=3),
    common_columns.figure("growths_per_s", "GROWN/S", lambda row: units.count(row.growths_per_s), 1, strong=True),
    common_columns.figure("growths", "GROWN", lambda row: units.count(row.growths), 0),
    common_columns.figure("shrinks", "SHRUNK", lambda row: units.count(row.shrinks), 2),
    common_columns.figure("copied", "COPIED", lambda row: units.size(row.copied), 0),
    common_columns.figure("largest", "LARGEST", lambda row: units.size(row.largest), 4),
    common_columns.text("sizes", "FROM → TO",
                        lambda row, width: comma_list(list(map(resized, row.sizes)), width), 24, 60, 5,
               sort=False),
)  # fmt: skip

NEW_STACKS: tuple[Column[NewStackSite], ...] = (
    replace(common_columns.text("owner", "STACK OF", lambda row, width: row.owner.value, 19, 19, 0),
            order_by=lambda row: row.owner.value),
    common_columns.function("function", "ALLOCATED FOR", lambda row: row.function, 22, 50, 1),
    common_columns.place(rank=3),
    common_columns.figure("per_s", "NEW/S", lambda row: units.count(row.per_s), 2, strong=True),
    common_columns.figure("count", "NEW", lambda row: units.count(row.count), 0),
    common_columns.figure("size", "SIZE", lambda row: units.size(row.size), 0, 8),
    common_columns.figure("bytes", "BYTES", lambda row: units.size(row.bytes), 2, 8),
)  # fmt: skip
