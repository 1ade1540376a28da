"""What stands above an allocation site's stacks. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from gotop import units
from gotop.model.runtime.size_classes import PathShare
from gotop.model.sites.site_rows import SiteRow
from gotop.ui.colours import Palette
from gotop.ui.frame.labelled_figures import comma_list, facts
from gotop.ui.text import Line, type_name


def site_head(row: SiteRow, paths: Sequence[PathShare], width: int, palette: Palette) -> list[list[Line]]:
    """What a site allocates, which way that went through the allocator, and what size classes add to it: on one line
    if there is room, otherwise the latter on a line that may be left out.
    """
    if not paths:
        return []
    lost = row.waste / (row.bytes + row.waste) if row.waste else 0.0
    waste = f"{units.size(row.waste)}, {units.percent(lost)} of what they take" if row.waste else "nothing"
    ways = [f"{path.path} {units.percent(path.share)}" if len(paths) > 1 else path.path for path in paths]
    kind = [("type", type_name(row.key.type, width - 7))] if row.key.type else []
    what = [*kind, ("path", comma_list(ways, width - 8))]
    added = [("average", units.size(row.average)), ("lost to rounding", waste)]
    whole = facts([*what, *added], width, palette)
    return [whole] if len(whole) == 1 else [facts(told, width, palette) for told in (what, added)]
