"""Columns of the goroutine view's pages."""

from __future__ import annotations

from gotop import units
from gotop.model.runtime.goroutine_values import GoroutineSite, NewStackSite, StackGrowthSite, StackResize
from gotop.ui.colours import Palette
from gotop.ui.frame.common_columns import figure_column, function_column, location_column, text_column
from gotop.ui.frame.labelled_figures import comma_list, goroutine_states
from gotop.ui.text import Line, left
from gotop.ui.widgets.columns import Column


def _shared(row: GoroutineSite, text: str) -> str:
    """Mark a figure with ≈ where several go statements start the function, whose goroutines cannot be told apart."""
    return "≈" + text if row.shared and text != "0" else text


def _states(row: GoroutineSite, width: int, palette: Palette) -> Line:
    return [(left(goroutine_states(row.states, width), width), palette.kind)]


STATEMENTS: tuple[Column[GoroutineSite], ...] = (
    function_column("starts", "STARTS", lambda row: row.starts, 20, 50, 0, 22),
    function_column("function", "GO STATEMENT IN", lambda row: row.function, 18, 44, 6),
    location_column(rank=1, least=14),
    figure_column("live", "LIVE", lambda row: row.live, units.count, 0, strong=True),
    Column("state", "STATES", _states, 13, 38, False, 2, "state", order_by=lambda row: row.state),
    figure_column("stack_bytes", "STACKS", lambda row: row.stack_bytes, units.size, 1),
    figure_column("created_per_s", "NEW/S", lambda row: row.created_per_s, units.count, 2),
    figure_column("created", "CREATED", lambda row: row.created, units.count, 3),
    figure_column("new", "NEW STACKS", lambda row: row.new, units.count, 7),
    figure_column("reused", "REUSED", lambda row: row.reused, units.count, 8),
    figure_column("growths", "GROWN", lambda row: row.growths, units.count, 5, wrap=_shared),
    figure_column("shrinks", "SHRUNK", lambda row: row.shrinks, units.count, 9, wrap=_shared),
    figure_column("copied", "COPIED", lambda row: row.copied, units.size, 10, 9, wrap=_shared),
)  # fmt: skip


def resized(size: StackResize) -> str:
    """Write a copy as `2.05 → 4.10 kB ×120`: the unit once, where both sizes have the same."""
    (old, unit), (new, other) = (units.size(value).split(" ") for value in (size.old, size.new))
    sizes = f"{old} → {new} {other}" if unit == other else f"{old} {unit} → {new} {other}"
    return f"{sizes} ×{units.count(size.count)}"


GROWTHS: tuple[Column[StackGrowthSite], ...] = (
    function_column("function", "STACKS GROW IN",
                            lambda row: row.function or "(its frames are not known)", 24, 56, 0),
    location_column(rank=3),
    figure_column("growths_per_s", "GROWN/S", lambda row: row.growths_per_s, units.count, 1, strong=True),
    figure_column("growths", "GROWN", lambda row: row.growths, units.count, 0),
    figure_column("shrinks", "SHRUNK", lambda row: row.shrinks, units.count, 2),
    figure_column("copied", "COPIED", lambda row: row.copied, units.size, 0),
    figure_column("largest", "LARGEST", lambda row: row.largest, units.size, 4),
    text_column("sizes", "FROM → TO", lambda row: row.sizes, 24, 60, 5,
                lambda sizes, width: comma_list(list(map(resized, sizes)), width), ordered=False),
)  # fmt: skip

NEW_STACKS: tuple[Column[NewStackSite], ...] = (
    text_column("owner", "STACK OF", lambda row: row.owner.value, 19, 19, 0),
    function_column("function", "ALLOCATED FOR", lambda row: row.function, 22, 50, 1),
    location_column(rank=3),
    figure_column("per_s", "NEW/S", lambda row: row.per_s, units.count, 2, strong=True),
    figure_column("count", "NEW", lambda row: row.count, units.count, 0),
    figure_column("size", "SIZE", lambda row: row.size, units.size, 0, 8),
    figure_column("bytes", "BYTES", lambda row: row.bytes, units.size, 2, 8),
)
