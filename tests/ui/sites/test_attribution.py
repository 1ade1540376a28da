"""Who allocates, on the screen: rows, the way down, and that it is asked for only while somebody looks."""

from __future__ import annotations

from collections.abc import Iterable

from gotop.agent.protocol import AttributeDef, Attributes, AttributionDeltas, Message, PprofLabel
from gotop.model.queries import GroupBy
from gotop.ui.app import MonitorApp
from gotop.ui.feed import Abilities
from tests.ui.sites.test_view_options import SIZE, shown, table, tabs
from tests.ui.stage import stage
from tests.ui.synthetic import START, S, Service

GO = 0x10_0000


def attribution(seconds: int) -> Iterable[Message]:
    """Three sets of labels and two creators, one of which the service has named."""
    named = Service().opening()
    pcs = next(d.pcs[0] for message in named for d in getattr(message, "defs", ()) if d.kind == 1)
    sets: tuple[dict[str, str], ...] = ({}, {"path": "/orders", "user": "7"}, {"path": "/stock"})
    yield Attributes(tuple(
        AttributeDef(number, creator, tuple(PprofLabel(*pair) for pair in labels.items()), 0, 0)
        for number, (labels, creator) in enumerate([*((each, pcs) for each in sets), (sets[0], 0)])
    ))  # fmt: skip
    for second in range(1, seconds + 1):
        yield AttributionDeltas(START + second * S, START, (0, 9, 900, 1, 50, 5000, 2, 5, 250, 3, 1, 8), (0, 0), "")


def asked(feed: object) -> list[object]:
    return [value for call, value in feed.calls if call == "attribution"]  # type: ignore[attr-defined]


def fed(app: MonitorApp, seconds: int = 30) -> None:
    for message in attribution(seconds):
        app.session.apply(message)
    app.redraw(force=True)


async def test_it_is_asked_for_while_it_is_looked_at() -> None:
    app, _, feed = stage(Service().run(30))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "T", "T")
        app.redraw()
        await pilot.pause()
        assert asked(feed) == [True] and app.main_screen.sites.options.group is GroupBy.LABELS
        await pilot.press("t")
        app.redraw()
        await pilot.press("5")
        app.redraw()
        await pilot.pause()
        assert asked(feed) == [True, False]
        await pilot.press("2")
        app.redraw()
        await pilot.press("t")
        app.redraw()
        await pilot.pause()
        assert asked(feed) == [True, False, True, False]


async def test_a_moment_before_it_was_counted_does_not_promise_it() -> None:
    app, _, _ = stage(Service().run(30))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "space", "T")
        fed(app)
        await pilot.pause()
        assert "not counted yet" in table(app).empty[0][0][0]
        await pilot.press("space")
        assert len(shown(app)) == 2


async def test_rows_and_the_way_down_and_up() -> None:
    app, _, _ = stage(Service().run(30))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "T", "T")
        app.redraw()
        await pilot.pause()
        assert "begins" in table(app).empty[0][0][0]
        fed(app)
        await pilot.pause()
        assert [row.key.name for row in shown(app)] == ["path=/orders user=7", "(no labels)", "path=/stock"]
        assert "3 sets of labels" in tabs(app)
        await pilot.press("down", "enter")
        assert [row.key.function for row in shown(app)][1] == "(the runtime itself)" and "2 of 2 creators" in tabs(app)
        await pilot.press("enter")
        assert "2 of 2 creators" in tabs(app)
        await pilot.press("escape")
        assert "3 sets of labels" in tabs(app) and table(app).cursor_key.name == "(no labels)"  # type: ignore[union-attr]
        await pilot.press("slash", *"label:orders", "enter")
        assert [row.key.name for row in shown(app)] == ["path=/orders user=7"]


async def test_a_recording_without_it_says_so() -> None:
    app, _, _ = stage(Service().run(10), Abilities(live=False, replay=True))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "T")
        app.redraw()
        await pilot.pause()
        assert "not counted" in table(app).empty[0][0][0]
