"""Mode, budget and interval."""

from __future__ import annotations

from gotop.agent.protocol import Settings
from tests.ui.looking import text_of
from tests.ui.stage import stage
from tests.ui.synthetic import Service

SIZE = (120, 40)


async def test_modes_and_budgets_are_asked_for() -> None:
    service = Service()
    app, _, feed = stage(service.run(5))
    async with app.run_test(size=SIZE) as pilot:
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert "Mode: exact ●" in titles and "Budget:  3% of the service's CPU time" in titles
        assert "Budget: none ●" in titles
        await pilot.press("e")
        await pilot.pause(0.1)
        await pilot.press(*"sampled")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert feed.calls == [("mode", "sampled")]
        await app.run_action("set_budget(0.03)")
        assert feed.calls[1:] == [("budget", 0.03)]
        app.session.apply(Settings("sampled", 64, 100))
        assert "sampled" in text_of(app.main_screen.header_line(160))
