"""The screen of a session in which nothing is hooked."""

from __future__ import annotations

from gotop.agent.protocol import CYCLE, Events, Message, Stw
from gotop.model.queries import Window
from gotop.ui._textual_internals import screen_lines
from gotop.ui.app import MonitorApp
from gotop.ui.feed import Abilities
from tests.model.test_sample_only import SECOND, START, beginning, told
from tests.ui.stage import stage

SIZE = (160, 40)


def watched(rate: int = 512 << 10) -> list[Message]:
    return [*beginning(rate), *[told(3600 + at / 4, {1: (1, 40960, 0)}, 1_000_000 + at) for at in range(1, 8)]]


def lines(app: MonitorApp) -> list[str]:
    """The screen as text."""
    return [strip.text for strip in screen_lines(app)]


async def test_it_says_what_the_figures_are() -> None:
    app, _, _ = stage(watched(), Abilities())
    async with app.run_test(size=SIZE) as pilot:
        app.redraw(force=True)  # what the timer does
        await pilot.pause()
        shown = lines(app)
        assert "≈ 1 sample in 512 KiB" in shown[0]
        assert "sample-only" in shown[0]
        assert "coverage" not in shown[0]
        assert app.time.window is Window.TOTAL
        (row,) = [line for line in shown if "main.b" in line]
        assert row.count("≈") >= 6
        assert not any("Partial coverage" in line for line in shown)
        assert any("total since its start" in line and "1h00m ago" in line for line in shown)
        await pilot.press("enter")
        await pilot.pause()
        assert sum(line.count("≈") for line in lines(app)) > 8


async def test_the_window_is_chosen_once() -> None:
    app, _, _ = stage(watched(), Abilities())
    async with app.run_test(size=SIZE) as pilot:
        app.redraw(force=True)  # what the timer does
        await pilot.press("w")
        app.redraw(force=True)
        assert app.time.window is Window.NOW


async def test_the_flame_marks_estimates() -> None:
    app, _, _ = stage(watched(), Abilities())
    async with app.run_test(size=SIZE) as pilot:
        app.redraw(force=True)  # what the timer does
        await pilot.press("3", "down")
        await pilot.pause()
        assert any("≈" in line and "of all" in line for line in lines(app))


async def test_what_is_not_known_of_a_pause_is_a_dash() -> None:
    stop = Events((Stw(START + 3601 * SECOND, CYCLE, 0, 50_000),), 0)
    app, _, _ = stage([*watched(), stop], Abilities())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5", "t")
        await pilot.pause()
        shown = lines(app)
        (to_stop,) = [line for line in shown if " to stop " in line]
        assert to_stop.partition("to stop")[2].split() == ["–"] * 4
        (row,) = [line for line in shown if "GC cycle (both stops)" in line]
        assert row.count("–") == 2 and "50.0 µs" in row
        assert not any("0 ns" in line for line in shown)


async def test_other_modes_are_refused_with_the_way_to_them() -> None:
    app, _, feed = stage(watched(), Abilities())
    async with app.run_test(size=SIZE) as pilot:
        app.redraw(force=True)  # what the timer does
        await pilot.press("e")
        await pilot.pause()
        assert any("gotop attach 4242" in note.message for note in app._notifications)
        await app.run_action("set_mode('exact')")
        assert feed.calls == []
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert titles and not any(title.startswith(("Mode:", "Budget:")) for title in titles)


async def test_no_samples_is_a_sentence_and_not_an_empty_screen() -> None:
    app, _, _ = stage([message for message in watched(0) if type(message).__name__ != "Stacks"][:1], Abilities())
    async with app.run_test(size=SIZE) as pilot:
        app.redraw(force=True)  # what the timer does
        await pilot.pause()
        shown = lines(app)
        assert "no samples" in shown[0]
        assert any("runtime.MemProfileRate is 0" in line and "gotop attach 4242" in line for line in shown)
