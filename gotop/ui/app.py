"""The app: starts the feed, redraws as figures come, hands keys to whom they concern, and knows how to leave."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import SystemCommand
from textual.binding import BindingType
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from gotop import units
from gotop.config import Config
from gotop.model.queries import ATTRIBUTED, GroupBy, Window
from gotop.model.session import Session
from gotop.model.status.values import Ending, Phase
from gotop.ui import commands, keys, replay_speed, user_config, views
from gotop.ui.colours import DEFAULT_THEME, GOTOP_THEME
from gotop.ui.exports import Exports
from gotop.ui.feed import Feed
from gotop.ui.frame.base_screen import LiveScreen
from gotop.ui.frame.base_view import View
from gotop.ui.guarded_app import GuardedApp
from gotop.ui.main_screen import MainScreen
from gotop.ui.monitor import ViewerState
from gotop.ui.navigation import Navigation
from gotop.ui.on_demand_readings import OnDemandReadings
from gotop.ui.redraw_scheduler import FrameScheduler
from gotop.ui.service_settings import ServiceSettings
from gotop.ui.time_cursor import TimeCursor

FRAMES_PER_SECOND = 4.0


class MonitorApp(GuardedApp[Ending | None]):
    """Shows a session while a feed fills it. `run()` returns how the service ended, None if it has not.

    Implements `gotop.ui.monitor.Monitor`. `by`: what sites are grouped by at first, a name of `Group`.
    """

    TITLE = "gotop"
    CSS_PATH = "gotop.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*views.view_bindings(), *keys.APP]
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        session: Session,
        feed: Feed,
        *,
        clock: Callable[[], float] = time.monotonic,
        theme: str | None = None,
        config: Config | None = None,
        config_file: Path | None = None,
        by: str = "",
    ) -> None:
        super().__init__()
        self.session = session
        self.feed = feed
        self.clock = clock
        self.time = TimeCursor(session, clock)
        self.navigation = Navigation(self)
        self.first_group = GroupBy(by) if by else GroupBy.SITE
        self.on_demand_readings = OnDemandReadings(feed, attribution=self.first_group in ATTRIBUTED)
        self._settings = ServiceSettings(session, feed)
        self._exports = Exports(self, session, lambda: self.time.window)
        self._palette = commands.Palette(self, self, self._settings, self._exports)
        self._config, self._config_file = config or Config(), config_file
        self._drawn: tuple[int, Phase] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._failure = ""
        self.register_theme(GOTOP_THEME)
        wanted = theme or self._config.theme
        units.use_pprof_sizes(self._config.units == "pprof")
        self.theme = wanted if wanted in self.available_themes else DEFAULT_THEME

    def get_default_screen(self) -> Screen[None]:
        """Return the screen that is shown first."""
        return MainScreen(id="main")

    def on_mount(self) -> None:
        """Start the feed, which calls everything else."""
        self.time.choose_first_window()
        self.time.follow_phase()  # the session may be one that has ended: no picture of it shows another window first
        self._scheduler = FrameScheduler(FRAMES_PER_SECOND, lambda: self.call_later(self.redraw))
        self.session.on_message = lambda: self._scheduler.ask(self.session.stacks_counted)
        self.run_worker(self.feed.run(self.session), name="feed", exit_on_error=False)
        self.theme_changed_signal.subscribe(self, lambda _: self.redraw(force=True))
        user_config.apply(self, self._config, self._config_file)

    def on_unmount(self) -> None:
        """Stop listening to the session, which may live longer than the screen."""
        self.session.on_message = lambda: None
        self._scheduler.end()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say on the screen that the feed has failed; the figures stay."""
        if event.worker.name == "feed" and event.state is WorkerState.ERROR:
            self._failure = str(event.worker.error) or type(event.worker.error).__name__
            self.redraw(force=True)

    # Drawing

    def redraw(self, force: bool = False) -> None:
        """Draw the bars, which follow the clock, and the rest if the session has changed or `force` asks for it."""
        self.time.choose_first_window()
        self.time.follow_phase()
        screen = self.live_screen
        if screen is None or not screen.is_drawable:
            return
        self._ask_for_attribution()
        state = (self.session.revision, self.session.phase)
        if force or state != self._drawn:
            self._drawn = state
            if not screen.too_small:
                screen.draw_body()
        screen.draw_bars()

    def _ask_for_attribution(self) -> None:
        wanted = self.main_screen.attributing
        if wanted != self.on_demand_readings.attribution:
            self.call_later(self.on_demand_readings.want_attribution, wanted)

    def draw_bars(self) -> None:
        """Draw header and tabs alone."""
        if (screen := self.live_screen) is not None and screen.is_drawable:
            screen.draw_bars()

    @property
    def main_screen(self) -> MainScreen:
        """The screen with the views."""
        return self.navigation.main_screen

    @property
    def live_screen(self) -> LiveScreen | None:
        """The topmost screen with figures; a help page may lie above it."""
        return next((screen for screen in reversed(self.screen_stack) if isinstance(screen, LiveScreen)), None)

    @property
    def view_keys(self) -> Mapping[str, str]:
        """The key of every view by the view's name, as bound now."""
        return views.bound_keys(self)

    def viewer(self) -> ViewerState:
        """What the viewer itself is doing."""
        able, stopping = self.feed.abilities, self._stopping is not None
        position = self.feed.position if able.replay else None
        return ViewerState(stopping, able.owns_service, position, self.time.paused_seconds, self._failure)

    # What can be done at the moment

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action can be done now: its key is not offered otherwise."""
        return commands.offered(self, self.live_screen, action)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return what the palette offers: keys' actions with their states, settings, exports, Textual's themes."""
        yield from self._palette.entries(screen, self.live_screen)
        yield SystemCommand(*commands.units_entry(), self.action_units)
        yield from (command for command in super().get_system_commands(screen) if command.title == "Theme")

    # Views and screens

    async def action_view(self, name: str) -> None:
        """Show a view."""
        await self.navigation.show_view(name)

    def action_back_to(self, depth: int) -> None:
        """Go back to one of the screens below, the main one being 1."""
        # Not awaited here: a click is answered by the screen that is to go, which waits for what it is doing.
        self.call_later(self.navigation.pop_screens, depth)

    def action_help(self) -> None:
        """Show all keys."""
        from gotop.ui.frame.help import HelpScreen

        self.push_screen(HelpScreen(views.key_groups(), partial(commands.possible, self.feed.abilities)))

    # Time

    def _time_changed(self) -> None:
        """Draw everything for another moment or window, in the order that belongs to it."""
        if self.is_running:
            for view in [view for screen in self.screen_stack for view in screen.query(View)]:
                view.time_changed()
        self.redraw(force=True)
        self.refresh_bindings()

    def action_window(self) -> None:
        """Choose the next window."""
        self.time.next_window()
        self._time_changed()

    def action_set_window(self, name: str) -> None:
        """Choose a window by the name of its `Window`."""
        self.time.pick_window(Window[name])
        self._time_changed()

    def action_mark(self) -> None:
        """Set a mark: figures since then; a second one compares what is between the two with what is since."""
        if marks := self.time.mark():
            answer = "Mark: figures since now" if marks == 1 else "A: between the marks, B: since the second"
            self.notify(answer, timeout=3)
            self._time_changed()

    def action_unmark(self) -> None:
        """Remove the marks."""
        self.time.forget_marks()
        self._time_changed()

    async def action_pause(self) -> None:
        """Let the tables stand still, or go on; a replay halts as a whole."""
        if self.feed.abilities.replay and (position := self.feed.position):
            await self.feed.set_paused(not position.paused)
        elif self.time.paused:
            self.time.go_live()
        else:
            self.time.pause()
        self._time_changed()

    def action_step(self, direction: int) -> None:
        """Go some seconds back, or forward until the figures are live again."""
        if self.time.step(direction):
            self._time_changed()
        else:
            self.notify("Nothing older is kept", timeout=2)

    def action_live(self) -> None:
        """Show what is now."""
        self.time.go_live()
        self._time_changed()

    async def action_replay_speed(self, step: int) -> None:
        """Replay faster or slower."""
        await replay_speed.change(self.feed, step)
        self.redraw(force=True)

    async def action_replay_seek(self, seconds: float) -> None:
        """Move in a replay."""
        await self.feed.seek(seconds)
        self.redraw(force=True)

    # What the agent does, and files

    async def action_interval(self, step: int) -> None:
        """Read more or less often."""
        if answer := await self._settings.step_interval(step):
            self.notify(answer, timeout=2)

    async def action_mode(self) -> None:
        """Choose what is kept of an allocation."""
        if not self._refused():
            await self._palette.offer_settings()

    async def action_set_mode(self, mode: str) -> None:
        """Ask for another mode, for all viewers."""
        if not self._refused():
            self.notify(await self._settings.set_mode(mode), timeout=3)

    def _refused(self) -> bool:
        if refusal := self._settings.refusal():
            self.notify(refusal, severity="warning", timeout=8)
        return bool(refusal)

    async def action_set_budget(self, share: float) -> None:
        """Ask for another budget."""
        self.notify(await self._settings.set_budget(share), timeout=3)

    async def action_export(self, name: str = "") -> None:
        """Write a file of that format; without a name: choose which."""
        if name:
            return self._exports.export(name)
        await self._palette.offer_exports()

    def save(self, data: bytes, extension: str) -> None:
        """Write a new file and say where it is, or why there is none."""
        self._exports.save(data, extension)

    def action_units(self) -> None:
        """Write sizes as `go tool pprof` does, or in powers of ten again."""
        units.use_pprof_sizes(not units.has_pprof_sizes())
        self.redraw(force=True)

    # Leaving

    def action_leave(self) -> None:
        """Quit. A service of our own is stopped first; asked again, it is left to its fate."""
        owns_service = self.feed.abilities.owns_service and self.session.ending is None and not self._failure
        if self._stopping is not None or not owns_service:
            self.leave(self.session.ending)
            return
        self._stopping = asyncio.create_task(self._stop_and_leave())
        self.redraw(force=True)

    async def _stop_and_leave(self) -> None:
        try:
            await self.feed.stop()
        finally:
            self.leave(self.session.ending)
