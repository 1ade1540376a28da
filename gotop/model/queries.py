"""What can be asked of a session: which rows, of which window, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Window(Enum):
    """The span that rates and shares are taken over; the value is its length in seconds.

    `TOTAL` begins when the hooks were placed, `MARK` at the last mark (without one, as `TOTAL`), `WATCHED` at the first
    reading of this session (as long as there is but one, as `TOTAL`).
    """

    NOW = 1.0
    S10 = 10.0
    S60 = 60.0
    TOTAL = None
    MARK = "mark"
    WATCHED = "watched"


class SiteSort(Enum):
    """The columns that sites can be ordered by: figures from large to small, texts from A to Z, unless `reverse`.

    Changes (between the span of two marks and the time since) are ordered from the largest growth to the largest
    decline; so is the trend: how much more was allocated in the second half of its time than in the first. `*_BEFORE`:
    between the marks, `*_SINCE`: since the second of them. `FLAT_*`: of a function's own lines, where its figures are
    cumulative; elsewhere the same as without.
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
    FLAT_BYTES_PER_S = "flat_bytes_per_s"
    FLAT_ALLOCS_PER_S = "flat_allocs_per_s"
    FLAT_BYTES = "flat_bytes"
    FLAT_ALLOCS = "flat_allocs"


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
    """What sites have in common that are shown as one row."""

    SITE = "site"  # nothing: line and type
    LINE = "line"
    MINE = "mine"  # the innermost line of own code, see `gotop.model.symbols.own_code`
    FUNCTION = "function"
    CUMULATIVE = "cumulative"  # functions, each with all that it calls
    TYPE = "type"
    PACKAGE = "package"
    MODULE = "module"
    LABELS = "labels"  # pprof labels of the goroutine that allocates, see `ATTRIBUTED`
    CREATOR = "creator"  # the `go` statement that started it


ATTRIBUTED = frozenset({GroupBy.LABELS, GroupBy.CREATOR})
"""Groups of who allocates instead of sites: see `gotop.model.sites.attribution`. Counted while somebody looks."""

OF_STACKS = frozenset({GroupBy.MINE, GroupBy.CUMULATIVE})
"""Groups that whole stacks decide about: see `gotop.model.trees.stack_groups`."""

UNHIDDEN = ATTRIBUTED | {GroupBy.MINE}
"""Groups of which nothing is hidden: own lines have what the standard library allocates for them."""


class Hide(Enum):
    """Which sites and frames are left out, see `gotop.model.symbols.packages`."""

    NOTHING = "nothing"
    RUNTIME = "runtime"
    STANDARD = "standard"  # the standard library, the runtime among it


@dataclass(frozen=True, slots=True)
class SiteQuery:
    """Asks for rows of call sites. `filter`: see `gotop.model.sites.filter_query`; `limit` None: all rows. Hiding and
    filtering come before grouping: a group's figures are those of its sites that are left.
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
    """Asks for the stacks of one site; otherwise as `SiteQuery`."""

    sort: StackSort = StackSort.BYTES
    reverse: bool = False
    window: Window = Window.TOTAL
    limit: int | None = None
