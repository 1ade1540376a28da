"""The app: starts the feed, redraws by one timer, and knows how to leave."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from gotop.model.session import Session
from gotop.model.values import Ending, Phase, SiteKey, Window
from gotop.ui import keys
from gotop.ui.colours import DEFAULT_THEME, GOTOP_THEME
from gotop.ui.feed import Feed
from gotop.ui.screens.live import LiveScreen
from gotop.ui.screens.main import MainScreen
from gotop.ui.states import Viewer
from gotop.ui.views.bars import VIEWS

FRAMES_PER_SECOND = 5.0
INTERVALS_MS = (50, 100, 200, 500, 1000, 2000, 5000)
TIMELESS = ("gc", "log")
"""Views that no window applies to."""

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0)


class MonitorApp(App[Ending | None]):
    """Shows a session while a feed fills it. `run()` returns how the service ended, None if it has not."""

    TITLE = "gotop"
    CSS_PATH = "gotop.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.APP]
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self, session: Session, feed: Feed, *, clock: Callable[[], float] = time.monotonic, theme: str | None = None
    ) -> None:
        super().__init__()
        self.session = session
        self.feed = feed
        self.clock = clock
        self.window = Window.S10
        self._wanted_theme = theme
        self._paused_at: float | None = None
        self._drawn: tuple[int, Phase] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._failure = ""
        self.register_theme(GOTOP_THEME)
        self.theme = theme if theme in self.available_themes else DEFAULT_THEME

    def get_default_screen(self) -> Screen[None]:
        """The main screen is the first one."""
        return MainScreen(id="main")

    def on_mount(self) -> None:
        """From here on everything happens by the timer."""
        self.run_worker(self.feed.run(self.session), name="feed", exit_on_error=False)
        self.set_interval(1 / FRAMES_PER_SECOND, self.redraw)
        self.theme_changed_signal.subscribe(self, lambda _: self.redraw(force=True))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A feed that fails says so on the screen; the figures stay."""
        if event.worker.name == "feed" and event.state is WorkerState.ERROR:
            self._failure = str(event.worker.error) or type(event.worker.error).__name__
            self.redraw(force=True)

    # Drawing

    def redraw(self, force: bool = False) -> None:
        """Bars follow the clock; everything else is drawn only when the session has changed."""
        screen = self.live_screen
        if screen is None or not screen.is_mounted:
            return
        state = (self.session.revision, self.session.phase)
        if force or state != self._drawn:
            self._drawn = state
            if not screen.too_small:
                screen.draw_body()
        screen.draw_bars()

    def draw_bars(self) -> None:
        """Header and tabs alone."""
        if (screen := self.live_screen) is not None:
            screen.draw_bars()

    @property
    def live_screen(self) -> LiveScreen | None:
        """The topmost screen with figures; a help page may lie above it."""
        return next((screen for screen in reversed(self.screen_stack) if isinstance(screen, LiveScreen)), None)

    @property
    def main_screen(self) -> MainScreen:
        """The screen with the views."""
        return next(screen for screen in self.screen_stack if isinstance(screen, MainScreen))

    @property
    def view_keys(self) -> dict[str, str]:
        """The key of every view, as bound now."""
        shown = {}
        for name, _ in VIEWS:
            bound = [
                b for keys_ in self._bindings.key_to_bindings.values() for b in keys_ if b.action == f"view('{name}')"
            ]
            shown[name] = self.get_key_display(bound[0]) if bound else ""
        return shown

    def viewer(self) -> Viewer:
        """What the screen itself is doing."""
        able = self.feed.abilities
        position = self.feed.position if able.replay else None
        return Viewer(self._stopping is not None, able.owns_service, position, self.paused_seconds, self._failure)

    # Views

    async def action_view(self, name: str) -> None:
        """Show a view."""
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        await self.main_screen.show_view(name)

    def open_site(self, key: SiteKey) -> None:
        """Show a site's stacks."""
        from gotop.ui.screens.stacks import StacksScreen  # not needed for the first frame

        self.push_screen(StacksScreen(key))

    def action_help(self) -> None:
        """Show all keys."""
        from gotop.ui.screens.help import HelpScreen

        self.push_screen(HelpScreen())

    def action_window(self) -> None:
        """The next window."""
        every = list(Window)
        self.action_set_window(every[(every.index(self.window) + 1) % len(every)].name)

    def action_set_window(self, name: str) -> None:
        """Rates and shares of another window."""
        self.window = Window[name]
        self.main_screen.sites.table.release()
        self.main_screen.sites.draw_rows()
        self.redraw(force=True)

    # Pause and source

    @property
    def paused(self) -> bool:
        """Whether tables stand still."""
        return self._paused_at is not None

    @property
    def paused_seconds(self) -> float | None:
        """For how long tables have stood still; None if they do not."""
        return None if self._paused_at is None else self.clock() - self._paused_at

    async def action_pause(self) -> None:
        """Let the tables stand still; a replay halts as a whole."""
        position = self.feed.position
        if self.feed.abilities.replay and position:
            await self.feed.set_paused(not position.paused)
        else:
            self._paused_at = None if self.paused else self.clock()
            self.main_screen.sites.freeze(self.paused)
        self.redraw(force=True)

    async def action_interval(self, step: int) -> None:
        """Read more or less often."""
        if self.session.target is None:
            return
        now = self.session.target.interval_ms
        nearest = min(range(len(INTERVALS_MS)), key=lambda index: abs(INTERVALS_MS[index] - now))
        wanted = INTERVALS_MS[min(max(nearest + step, 0), len(INTERVALS_MS) - 1)]
        await self.feed.set_interval(wanted)
        self.notify(f"A reading every {wanted} ms", timeout=2)

    async def action_replay_speed(self, step: int) -> None:
        """Replay faster or slower."""
        if position := self.feed.position:
            nearest = min(range(len(SPEEDS)), key=lambda index: abs(SPEEDS[index] - position.speed))
            await self.feed.set_speed(SPEEDS[min(max(nearest + step, 0), len(SPEEDS) - 1)])
            self.redraw(force=True)

    async def action_replay_seek(self, seconds: float) -> None:
        """Move in a replay."""
        await self.feed.seek(seconds)
        self.redraw(force=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys for what this feed cannot do are not offered."""
        if action.startswith("replay_"):
            return self.feed.abilities.replay
        if action == "interval":
            return self.feed.abilities.live and not self.feed.abilities.replay
        if action == "view":
            return self.focused is None or self.focused.id != "filter-input"
        if action == "window":
            return not (isinstance(self.live_screen, MainScreen) and self.live_screen.current in TIMELESS)
        return True

    # Leaving

    def action_leave(self) -> None:
        """Quit. A service of our own is stopped first; asked again, it is left to its fate."""
        if self._stopping is not None or not self._must_stop():
            self._leave()
            return
        self._stopping = asyncio.create_task(self._stop_and_leave())
        self.redraw(force=True)

    def _must_stop(self) -> bool:
        return self.feed.abilities.owns_service and self.session.ending is None and not self._failure

    async def _stop_and_leave(self) -> None:
        try:
            await self.feed.stop()
        finally:
            self._leave()

    def _leave(self) -> None:
        self.exit(self.session.ending)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette offers every key's action, and what Textual offers itself."""
        known = set()
        for active in screen.active_bindings.values():
            binding = active.binding
            if binding.id and active.enabled and binding.description not in known:
                known.add(binding.description)
                key = binding.key
                yield SystemCommand(
                    binding.description, f"key {self.get_key_display(binding)}", lambda key=key: self.simulate_key(key)
                )
        for command in super().get_system_commands(screen):
            if command.title in ("Theme", "Screenshot"):
                yield command
