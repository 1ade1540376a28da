"""What fronts ask a session for: which rows, of which span, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Window(Enum):
    """The span a rate or a share is taken over; the value is seconds, None: since the hooks were placed.

    `MARK`: since the last mark, and since the hooks were placed as long as there is none. `WATCHED`: since this session
    first heard of the service; as long as it has done so but once, everything.
    """

    NOW = 1.0
    S10 = 10.0
    S60 = 60.0
    TOTAL = None
    MARK = "mark"
    WATCHED = "watched"


class SiteSort(Enum):
    """Columns that rows can be ordered by: figures from large to small, texts from A to Z, `reverse` the other way.

    Changes (between the marks, and since) from the largest growth to the largest decline; so is the trend, which is how
    much more was allocated in the second half of its time than in the first. `BEFORE`: between the marks.
    """

    BYTES_PER_S = "bytes_per_s"
    ALLOCS_PER_S = "allocs_per_s"
    BYTES = "bytes"
    ALLOCS = "allocs"
    WASTE = "waste"
    AVERAGE = "average"
    STACKS = "stacks"
    FUNCTION = "function"
    FILE = "file"
    TYPE = "type"
    SHARE = "share"
    TREND = "trend"
    BYTES_CHANGE = "bytes_change"
    ALLOCS_CHANGE = "allocs_change"
    BYTES_BEFORE = "bytes_before"
    ALLOCS_BEFORE = "allocs_before"
    BYTES_SINCE = "bytes_since"
    ALLOCS_SINCE = "allocs_since"


class StackSort(Enum):
    """What the stacks of one site can be ordered by: figures from large to small; `CALLERS`: functions from A to Z,
    from the innermost frame outward.
    """

    BYTES_PER_S = "bytes_per_s"
    ALLOCS_PER_S = "allocs_per_s"
    BYTES = "bytes"
    ALLOCS = "allocs"
    WASTE = "waste"
    AVERAGE = "average"
    SHARE = "share"
    CALLERS = "callers"


class GroupBy(Enum):
    """What makes sites one row."""

    SITE = "site"  # nothing: line and type
    LINE = "line"
    FUNCTION = "function"
    TYPE = "type"
    PACKAGE = "package"
    MODULE = "module"
    LABELS = "labels"  # pprof labels of the goroutine that allocates, see `ATTRIBUTED`
    CREATOR = "creator"  # the `go` statement that started it


ATTRIBUTED = frozenset({GroupBy.LABELS, GroupBy.CREATOR})
"""Groups of who allocates instead of sites: see `gotop.model.sites.attribution`. Counted while somebody looks."""


class Hide(Enum):
    """Sites that are left out, see `gotop.model.symbols.packages`."""

    NOTHING = "nothing"
    RUNTIME = "runtime"
    STANDARD = "standard"  # the standard library, the runtime among it


@dataclass(frozen=True, slots=True)
class SiteQuery:
    """Which rows, in which order. `filter`: see `gotop.model.sites.filter_query`; `limit` None: all. Sites are
    hidden and filtered first and grouped then, so that a group's figures are those of its sites that are left.
    """

    sort: SiteSort = SiteSort.BYTES_PER_S
    reverse: bool = False
    window: Window = Window.NOW
    filter: str = ""
    limit: int | None = None
    group: GroupBy = GroupBy.SITE
    hide: Hide = Hide.NOTHING


@dataclass(frozen=True, slots=True)
class StackQuery:
    """As `SiteQuery`, for the stacks of one site."""

    sort: StackSort = StackSort.BYTES
    reverse: bool = False
    window: Window = Window.TOTAL
    limit: int | None = None
