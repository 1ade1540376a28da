"""The sites whose allocations go one way through the allocator, or are of one size class."""

from __future__ import annotations

from collections.abc import Sequence

from gotop import units
from gotop.model.runtime.site_shares import SiteShare
from gotop.ui.frame.contributors_screen import ContributorsScreen
from gotop.ui.text import Line


class PathScreen(ContributorsScreen):
    """The sites whose allocations go one way through the allocator."""

    empty = "Nothing has gone this way"

    def read(self) -> Sequence[SiteShare]:
        """Return the sites whose allocations go this way."""
        return self.monitor.time.runtime.path_sites(self.subject)

    def head(self) -> list[list[Line]]:
        """Write the path's own figures."""
        mine = [path for path in self.monitor.time.runtime.alloc_paths() if path.path == self.subject]
        return [
            self.labelled_facts("all", [("allocations", f"{path.allocs:,}"), ("bytes", units.size(path.bytes)),
                               ("of all", units.percent(path.share)), ("rounding", units.size(path.waste))])
            for path in mine
        ]  # fmt: skip


class ClassScreen(ContributorsScreen):
    """The sites whose objects are of one size class."""

    empty = "No stack is known whose objects are all of this class"

    def __init__(self, name: str, size: int) -> None:
        super().__init__(name)
        self.class_size = size

    def read(self) -> Sequence[SiteShare]:
        """Return the sites whose objects are of the class."""
        return self.monitor.time.runtime.class_sites(self.class_size)

    def head(self) -> list[list[Line]]:
        """Write the class's own figures."""
        mine = [each for each in self.monitor.time.runtime.size_classes() if each.size == self.class_size]
        return [
            self.labelled_facts("all", [("allocated", f"{each.mallocs:,}"), ("alive", f"{each.live:,}"),
                               ("in", units.size(each.live_bytes)), ("rounding ≈", units.size(each.waste))])
            for each in mine
        ]  # fmt: skip
