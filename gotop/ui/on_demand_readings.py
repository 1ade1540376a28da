"""What costs the service or the agent something is asked for only while somebody looks at it."""

from __future__ import annotations

from gotop.ui.feed import Feed


class OnDemandReadings:
    """Remembers what was asked of a feed last, and tells it of changes only. `attribution`: whether allocations are
    counted by labels and creators from the start.
    """

    def __init__(self, feed: Feed, attribution: bool) -> None:
        self._feed = feed
        self.attribution = attribution
        self._goroutines = False

    async def want_attribution(self, wanted: bool) -> None:
        """Have allocations counted by labels and creators, or do without."""
        if wanted != self.attribution:
            self.attribution = wanted
            await self._feed.set_attribution(wanted)

    async def want_goroutines(self, wanted: bool) -> None:
        """Have all goroutines read, or no more."""
        if wanted != self._goroutines:
            self._goroutines = wanted
            await self._feed.set_goroutines(wanted)
