"""How the screens look: SVG snapshots of a stream that is always the same, at a clock that stands still.

After a wanted change: `pytest tests/ui --snapshot-update`, and look at what changed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from gotop.agent.protocol import Lost
from gotop.ui.feed import Abilities, Position
from tests.ui.sites.test_attribution import attribution
from tests.ui.stage import stage
from tests.ui.synthetic import Service, partial

Snap = Callable[..., bool]
Press = Callable[[Pilot[Any]], Awaitable[None]]


def pressing(*keys: str) -> Press:
    async def run(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()

    return run


@pytest.mark.parametrize("size", [(60, 24), (80, 24), (120, 40), (200, 50), (300, 70)], ids=lambda size: f"{size[0]}")
def test_overview(snap_compare: Snap, size: tuple[int, int]) -> None:
    app, _, _ = stage(Service().run(45))
    assert snap_compare(app, terminal_size=size, run_before=pressing("down", "down"))


def test_waiting(snap_compare: Snap) -> None:
    app, _, _ = stage([Service().hello()])
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing())


def test_ended_by_a_signal(snap_compare: Snap) -> None:
    service = Service()
    app, _, _ = stage([*service.run(45), service.ended(code=None, signal=11)])
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing("2"))


def test_reconnecting_with_partial_coverage_and_a_filter(snap_compare: Snap) -> None:
    service = partial(Service())
    app, clock, _ = stage([*service.run(45), Lost("the agent closed the connection", True)])
    clock.now += 4
    assert snap_compare(app, terminal_size=(120, 30), run_before=pressing("slash", *"json", "enter", "space"))


def test_replay(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(45), Abilities(live=False, replay=True), Position(45.0, 300.0, 4.0, True))
    assert snap_compare(app, terminal_size=(100, 30), run_before=pressing("5"))


@pytest.mark.parametrize("size", [(160, 30), (300, 70)], ids=lambda size: f"{size[0]}")
def test_stacks(snap_compare: Snap, size: tuple[int, int]) -> None:
    app, _, _ = stage(Service().run(45))
    assert snap_compare(app, terminal_size=size, run_before=pressing("down", "down", "down", "down", "enter"))


def test_log(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(45))
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing("6"))


def test_too_small(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(5))
    assert snap_compare(app, terminal_size=(50, 14), run_before=pressing())


def test_a_broken_filter(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(45))
    assert snap_compare(app, terminal_size=(60, 24), run_before=pressing("slash", *"!json ~("))


def test_groups_without_the_standard_library(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(45))
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing("2", "t", "t", "x", "x", "down", "F"))


def test_by_labels(snap_compare: Snap) -> None:
    app, _, _ = stage([*Service().run(30), *attribution(30)])
    assert snap_compare(app, terminal_size=(100, 20), run_before=pressing("2", "T", "T", "down"))


def test_back_in_time(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(45))
    keys = ["left_square_bracket"] * 4
    assert snap_compare(app, terminal_size=(120, 30), run_before=pressing("t", "t", "t", *keys, "down"))


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 30)], ids=lambda size: f"{size[0]}")
def test_one_mark_against_another(snap_compare: Snap, size: tuple[int, int]) -> None:
    service = Service()
    app, _, _ = stage(service.run(45))

    async def run(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        for _ in range(2):
            await pilot.press("2", "m")
            for _ in range(60):
                for message in service.tick():
                    app.session.apply(message)
        app.clear_notifications()
        app.redraw(force=True)
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=run)
