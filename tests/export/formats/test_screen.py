"""The screen as lines and as a picture."""

from __future__ import annotations

from gotop.export.exporters import EXPORTERS
from gotop.export.formats import screen
from gotop.ui.screenshot import ScreenCapture
from tests.ui.stage import stage
from tests.ui.synthetic import Service


async def test_both_are_of_what_one_sees() -> None:
    app, _, _ = stage(Service().run(5))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        capture = ScreenCapture(app)
        assert "allocs/s" in screen.text(capture).decode()
        assert screen.picture(capture).startswith(b"<svg")
    assert EXPORTERS["screen"].of_screen and EXPORTERS["picture"].of_screen
