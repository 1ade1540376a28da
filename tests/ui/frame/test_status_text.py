"""Every designed state at 60, 80, 120 and 200 columns, as text: what stands there, and that nothing is cut off. Where
there are figures, they are a recorded service's.

After a wanted change: `pytest tests/ui/test_states.py --snapshot-update`, and read what changed. Colours and shapes are
in the snapshots of the views.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from gotop.agent.errors import AgentRefused
from gotop.agent.protocol import Log, Lost, Recorded
from gotop.cli import progress
from gotop.model.session import Session
from gotop.model.status.values import Ending, Price, Totals
from gotop.ui.app import MonitorApp
from gotop.ui.feed import Abilities, Position
from gotop.ui.frame import status_text
from gotop.ui.monitor import ViewerState
from gotop.ui.screenshot import ScreenCapture
from tests.streams import Clock
from tests.ui import recorded
from tests.ui.stage import StillFeed, stage
from tests.ui.synthetic import Service

SIZES = ((60, 24), (80, 24), (120, 30), (200, 40))
REFUSED = (
    "The agent refuses: this process runs a Go version that gotop does not know (go1.99), and the binary has no DWARF "
    "to read its layout from. Build it without -ldflags=-w, or update gotop."
)
PARTIAL = (
    "Profile-guided optimisation inlined runtime.copystack into runtime.newstack: stack growth is not counted. Build "
    "with -pgo=off to see everything."
)
Staged = tuple[MonitorApp, float]


class RefusedFeed(StillFeed):
    async def run(self, session: Session) -> None:
        raise AgentRefused(REFUSED)


def starting() -> Staged:
    return stage()[0], 0


def connecting() -> Staged:
    return stage(abilities=Abilities(owns_service=False))[0], 0


def no_data_yet() -> Staged:
    return stage([Service().hello()])[0], 0


def nothing_allocated() -> Staged:
    service = Service()
    service.all_stacks = lambda: []  # type: ignore[method-assign]
    return stage(service.run(3))[0], 0


def live() -> Staged:
    return stage(recorded.messages())[0], 0


def stale() -> Staged:
    return stage(recorded.messages())[0], 9.0


def reconnecting() -> Staged:
    return stage([*recorded.messages(), Lost("the agent closed the connection", True)])[0], 4.0


def lost() -> Staged:
    gone = Lost("The agent has ended. The service goes on, without figures.", False)
    return stage([*recorded.messages(), gone])[0], 4.0


def ended(**how: Any) -> Callable[[], Staged]:
    return lambda: (stage([*recorded.messages(), recorded.end(**how)])[0], 4.0)


def partial_coverage() -> Staged:
    return stage(recorded.with_gaps(PARTIAL, 0.974))[0], 0


def refused() -> Staged:
    app, clock, _ = stage()
    return MonitorApp(app.session, RefusedFeed(Abilities(owns_service=True)), clock=clock), 0


def replay() -> Staged:
    return stage(recorded.messages(), Abilities(live=False, replay=True), Position(45.0, 300.0, 4.0, False))[0], 0


def replay_breaks_off() -> Staged:
    """Two minutes later it still does: what a recording says does not get old."""
    over = Lost("The recording breaks off after 38.0 s, in the middle of a message.", False)
    stream = [Recorded(2, 0, "0.1.0"), *recorded.messages(), over]
    return stage(stream, Abilities(live=False, replay=True), Position(38.0, 38.0, 1.0, False))[0], 120.0


STATES: dict[str, Callable[[], Staged]] = {
    "starting": starting,
    "connecting": connecting,
    "no data yet": no_data_yet,
    "nothing allocated": nothing_allocated,
    "live": live,
    "stale": stale,
    "reconnecting": reconnecting,
    "lost": lost,
    "ended well": ended(code=0),
    "ended with a code": ended(code=2),
    "ended by a signal": ended(code=None, signal=11),
    "ended as asked": ended(code=None, signal=15, by_us=True),
    "partial coverage": partial_coverage,
    "refused": refused,
    "replay": replay,
    "replay breaks off": replay_breaks_off,
}


@pytest.mark.parametrize("name", STATES)
async def test_state(name: str, snapshot: SnapshotAssertion) -> None:
    app, later = STATES[name]()
    shown = []
    async with app.run_test(size=SIZES[0]) as pilot:
        app.clock.now += later  # type: ignore[attr-defined]
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await pilot.pause()  # until it is laid out
            app.redraw(force=True)
            await pilot.pause()
            shown.append(ScreenCapture(app).text())
            assert max(map(len, shown[-1].splitlines())) <= width
    assert "\n".join(shown) == snapshot


@pytest.mark.parametrize("keys", ["1", "2", "3", "4", "4t", "4tt", "5", "5t", "5tt", "7", "7t", "7tt", "7t/x"])
async def test_without_a_reading_nobody_says_that_nothing_happened(keys: str) -> None:
    over = Lost("The recording breaks off at its beginning, in the middle of a message.", False)
    app, _, _ = stage([Service().hello()])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        assert "Waiting for the first reading…" in ScreenCapture(app).text()
        app.session.apply(over)
        app.redraw(force=True)
        await pilot.pause()
        said = ScreenCapture(app).text()
        assert "There has been no reading" in said
        for wrong in ("yet", "since the hooks", "is asked for", "matches", "Waiting"):
            assert wrong not in said.replace("no pauses yet", ""), wrong


async def test_stopping(snapshot: SnapshotAssertion) -> None:
    app, _, feed = stage(recorded.messages())
    shown = []
    async with app.run_test(size=SIZES[0]) as pilot:
        await pilot.press("q")
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await pilot.pause()  # until it is laid out
            app.redraw(force=True)
            await pilot.pause()
            shown.append(ScreenCapture(app).text())
        feed.may_stop.set()
        await asyncio.sleep(0)
    assert "\n".join(shown) == snapshot


@pytest.mark.parametrize("size", [(59, 24), (120, 14), (20, 5), (3, 1)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_terminal_that_is_too_small_and_large_again(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    app, _, _ = stage(Service().run(5))
    async with app.run_test(size=(80, 24)) as pilot:
        app.redraw(force=True)  # the first frame was drawn before the view had anything to say of itself
        before = ScreenCapture(app).text()
        await pilot.resize_terminal(*size)
        await pilot.pause()
        small = ScreenCapture(app).text()
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert ScreenCapture(app).text() == before
    assert small == snapshot


def test_building(snapshot: SnapshotAssertion) -> None:
    detail = "41 packages, github.com/prometheus/prometheus/storage/remote/azuread"
    lines = [progress.progress_line(3, "Building ./cmd/prometheus", 12.34, detail, width - 1) for width, _ in SIZES]
    assert "\n".join(lines) == snapshot


def test_coverage_is_never_rounded_up() -> None:
    def said(share: float | None, unattributed: int = 0) -> status_text.StatusText:
        return status_text.coverage(Totals(1, 1, 0, 1, 1, share, unattributed, 0), False)

    assert said(1.0) == status_text.StatusText("coverage 100.0 %", status_text.Tone.GOOD)
    assert said(0.99999) == status_text.StatusText("coverage 99.9 %", status_text.Tone.WARN)
    assert said(0.5).tone is status_text.Tone.BAD
    assert said(1.0, 3).tone is status_text.Tone.WARN
    assert said(None).text == "coverage –"


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (Ending(61, 0, None, False, False, False), "exited with code 0 after 1m01s"),
        (Ending(61, 3, None, False, False, False), "exited with code 3"),
        (Ending(61, None, 9, False, True, False), "ended by SIGKILL as asked"),
        (Ending(61, None, 11, True, False, False), "SIGSEGV after 1m01s, core dumped"),
        (Ending(61, None, None, False, False, True), "runs on, unhooked"),
    ],
)
def test_endings(ending: Ending, words: str) -> None:
    assert words in status_text.ended(ending).text


def test_states_follow_the_clock() -> None:
    clock = Clock(1000.0)
    session = Session(clock)
    viewer = ViewerState()
    assert status_text.chip(session, viewer).text == "◌ connecting"
    for message in Service().run(3):
        session.apply(message)
    assert status_text.chip(session, viewer).text == "● live" and status_text.banner(session, viewer) is None
    clock.now += 1.25
    session.apply(Log(1, 0, b"a line is no reading\n"))
    assert status_text.chip(session, viewer).text == "◌ 1.2 s old", "not live: the screen stands still"
    clock.now += 2
    assert status_text.chip(session, viewer).text == "◌ stale 3.2 s"
    clock.now += 60
    banner = status_text.banner(session, viewer)
    assert banner is not None and "1m03s" in banner.text


MEASURED, LEAST = Price(0.05, 0.04, 0.06), Price(0.05)


@pytest.mark.parametrize(
    ("price", "budget", "text"),
    [
        (MEASURED, 0.0, "hooks ≈5.00 % (4.00–6.00)"),
        (MEASURED, 0.1, "hooks ≈5.00 % (4.00–6.00) of 10.0 %"),
        (LEAST, 0.0, "hooks ≥5.00 %"),
        (Price(0.0, 0.0, 0.001), 0.0, "hooks <0.10 %"),
        (Price(), 0.03, "hooks ≥0 % of 3.00 %"),
        (Price(), 0.0, ""),
    ],
)
def test_what_the_hooks_cost(price: Price, budget: float, text: str) -> None:
    health = replace(Session(lambda: 0.0).health(), price=price, budget=budget)
    assert status_text.overhead(health) == text


def test_help_says_why_a_cost_is_only_a_lower_bound() -> None:
    health = replace(Session(lambda: 0.0).health(), agent_cpu_s=2.5)
    assert not list(status_text.cost_meaning(health))
    (known,) = status_text.cost_meaning(replace(health, price_all=MEASURED))
    assert "≈5.00 % (4.00–6.00) since they were placed" in known and "2.50 s of CPU time beside it" in known
    (least,) = status_text.cost_meaning(replace(health, price_all=LEAST, price_why="samples are not allowed here"))
    assert "≥5.00 % since" in least and "the least it can be; samples are not allowed here." in least
