"""The state of one session. Messages go in through `apply`, fronts read values."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gotop.agent.protocol import Message
from gotop.model.values import (
    CallerNode, Ending, GoSite, Goroutines, Health, Heap, LogLine, Pause, Phase, Process, Rate, SiteKey, SiteQuery,
    SiteRow, StackQuery, StackRow, Target, Totals, Window,
)  # fmt: skip


@dataclass(frozen=True)
class SitesView:
    """A frozen answer: rows are made on demand, so `rows[a:b]` costs only what is shown, also with 10,000 sites."""

    rows: Sequence[SiteRow]
    total_rows: int
    hidden: int

    def index_of(self, key: SiteKey) -> int | None:
        """Where the row with this identity stands, None if it is not in the view."""
        raise NotImplementedError


class LogBuffer:
    """The service's output, bounded. `lines(after)`: whole lines with a number above `after`."""

    def lines(self, after: int = 0) -> Sequence[LogLine]:
        raise NotImplementedError

    @property
    def last_number(self) -> int:
        raise NotImplementedError


class Session:
    """Everything known about one service."""

    target: Target | None
    ending: Ending | None
    revision: int
    log: LogBuffer

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None: ...

    def apply(self, message: Message) -> None: ...

    @property
    def phase(self) -> Phase: ...

    @property
    def seconds(self) -> float:
        """Agent time watched: from the hooks (attached later: from there) to the last reading."""

    def totals(self) -> Totals: ...

    def rate(self, window: Window) -> Rate: ...

    def history(self, metric: str, seconds: float) -> list[float]: ...

    def sites(self, query: SiteQuery) -> SitesView: ...

    def stacks(self, key: SiteKey, query: StackQuery = StackQuery()) -> tuple[StackRow, ...]: ...

    def callers(self, key: SiteKey) -> CallerNode | None: ...

    def goroutines(self) -> Goroutines: ...

    def goroutine_sites(self, window: Window = Window.NOW) -> tuple[GoSite, ...]: ...

    def pauses(self) -> tuple[Pause, ...]: ...

    def heap(self) -> Heap: ...

    def process(self) -> Process: ...

    def health(self) -> Health: ...
