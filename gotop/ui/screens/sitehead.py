"""The line of figures above an allocation site's stacks. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from gotop import units
from gotop.model.runtime_values import PathShare
from gotop.model.values import SiteRow
from gotop.ui.colours import Palette
from gotop.ui.text import Line, Part, choose
from gotop.ui.views.cells import listed


def site_head(row: SiteRow, paths: Sequence[PathShare], width: int, palette: Palette) -> list[list[Line]]:
    """Which way a site's allocations went through the allocator, and what size classes add to them."""
    lost = row.waste / (row.bytes + row.waste) if row.waste else 0.0
    waste = f"{units.size(row.waste)}, {units.percent(lost)} of what they take" if row.waste else "nothing"
    ways = [f"{path.path} {units.percent(path.share)}" if len(paths) > 1 else path.path for path in paths]
    parts: list[Part] = [
        (0, [(" path ", palette.dim), (listed(ways, width - 8), palette.text)]),
        (1, [("   lost to rounding ", palette.dim), (waste, palette.text)]),
        (2, [("   average ", palette.dim), (units.size(row.average), palette.text)]),
    ]
    return [[choose(parts, width)]] if paths else []
