"""What can be done at the moment, as keys and palette offer it."""

from __future__ import annotations

from textual.command import CommandList, CommandPalette

from gotop.ui.app import MonitorApp
from gotop.ui.feed import Abilities, Position
from tests.ui.busy import Busy
from tests.ui.stage import stage
from tests.ui.synthetic import Service

SIZE = (120, 40)


async def test_the_palette_has_every_action_and_its_state() -> None:
    app, _, _ = stage(Service().run(20))

    def palette() -> dict[str, str]:
        return {command.title: command.help for command in app.get_system_commands(app.screen)}

    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "s", "t", "x", "F", "space")
        shown = palette()
        bound = {each.binding.description for each in app.screen.active_bindings.values() if each.binding.id}
        assert bound - set(shown) == {"All commands"}
        assert "now ALLOCS/S" in shown["Sort"] and "now lines" in shown["Group"] and "now 10 s" in shown["Window"]
        assert "now no runtime" in shown["Hide runtime, standard library"]
        assert "now following" in shown["Follow the row"]
        assert "now for 0 s" in shown["Pause"]
        await pilot.press("3", "b", "i", "c")
        shown = palette()
        assert "now allocations" in shown["Bytes or allocations"] and "now flame" in shown["Flame or icicle"]
        assert "now every call" in shown["Fold chains"]
        await pilot.press("6")
        assert "now following" in palette()["Follow"]
        await pilot.press("5", "t", "s")
        assert "now Stops of the world" in palette()["Next page"] and "now" in palette()["Sort"]


async def test_replay_keys_only_in_a_replay() -> None:
    live, _, live_feed = stage(Service().run(3))
    async with live.run_test(size=SIZE) as pilot:
        await pilot.press("right_square_bracket", "right", "plus")
        assert live_feed.calls == [("interval", 50)]
    abilities = Abilities(live=False, replay=True)
    replay, _, feed = stage(Service().run(3), abilities, Position(3.0, 60.0, 1.0, False))
    async with replay.run_test(size=SIZE) as pilot:
        await pilot.press("right_square_bracket", "left", "space", "plus")
        assert feed.calls == [("speed", 2.0), ("seek", -5), ("paused", True)]
        assert not replay.time.paused


def app_at_45() -> MonitorApp:
    return stage(Busy().run(45))[0]


async def test_the_palette_is_as_wide_as_its_sentences() -> None:
    app = app_at_45()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+p")
        assert isinstance(app.screen, CommandPalette)
        for _ in range(500):  # what it finds comes a little later
            await pilot.pause(0.02)
            if app.screen.query_one(CommandList).region:
                break
        for region in (app.screen.query_one("#--input").region, app.screen.query_one(CommandList).region):
            assert region.width == 100 and abs(region.x - (SIZE[0] - region.right)) <= 1
