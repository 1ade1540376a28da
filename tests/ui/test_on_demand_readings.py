"""What costs something is asked for when somebody begins to look, and once."""

from __future__ import annotations

from gotop.ui.feed import Abilities
from gotop.ui.on_demand_readings import OnDemandReadings
from tests.ui.stage import StillFeed


async def test_the_feed_is_told_of_changes_only() -> None:
    feed = StillFeed(Abilities())
    readings = OnDemandReadings(feed, attribution=False)
    for wanted in (False, True, True, False, False, True):
        await readings.want_goroutines(wanted)
        await readings.want_attribution(wanted)
    for name in ("goroutines", "attribution"):
        assert [value for call, value in feed.calls if call == name] == [True, False, True]
    assert readings.attribution


async def test_what_is_counted_from_the_start_need_not_be_asked_for() -> None:
    feed = StillFeed(Abilities())
    readings = OnDemandReadings(feed, attribution=True)
    await readings.want_attribution(True)
    assert feed.calls == []
    await readings.want_attribution(False)
    assert feed.calls == [("attribution", False)]
