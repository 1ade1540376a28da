"""The app: starts the feed, redraws as figures come, and knows how to leave."""

from __future__ import annotations

import _thread
import asyncio
import select
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from rich.console import RenderableType
from textual.binding import BindingType
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from gotop.config import Config
from gotop.model.queries import ATTRIBUTED, GroupBy, Hide
from gotop.model.session import Session
from gotop.model.status.values import Phase
from gotop.model.values import Frame, SiteKey
from gotop.ui import keys
from gotop.ui.colours import DEFAULT_THEME, GOTOP_THEME
from gotop.ui.commands import CommandsApp
from gotop.ui.control_filter import CONTROLS
from gotop.ui.feed import Feed
from gotop.ui.frame.chrome import VIEWS
from gotop.ui.frame.status_text import ViewerState
from gotop.ui.frame_scheduler import FrameScheduler
from gotop.ui.main_screen import MainScreen
from gotop.ui.terminal_driver import TerminalDriver

FRAMES_PER_SECOND = 4.0
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0)


class MonitorApp(CommandsApp):
    """Shows a session while a feed fills it. `run()` returns how the service ended, None if it has not."""

    TITLE = "gotop"
    CSS_PATH = "gotop.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.APP]
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
        self.config_file = config_file
        self.first_group = GroupBy(by) if by else GroupBy.SITE
        self._attributing = self.first_group in ATTRIBUTED
        self._config = config or Config()
        self._drawn: tuple[int, Phase] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._failure = ""
        self._left = False
        self._panic = ""
        self._looks_at_goroutines = False
        self.register_theme(GOTOP_THEME)
        wanted = theme or self._config.theme
        self.theme = wanted if wanted in self.available_themes else DEFAULT_THEME

    def get_default_screen(self) -> Screen[None]:
        """The main screen is the first one."""
        return MainScreen(id="main")

    def on_mount(self) -> None:
        """From here on everything happens by what the feed brings."""
        self._frames = FrameScheduler(FRAMES_PER_SECOND, lambda: self.call_later(self.redraw))
        self.session.on_message = lambda: self._frames.ask(self.session.stacks_counted)
        self.run_worker(self.feed.run(self.session), name="feed", exit_on_error=False)
        self.theme_changed_signal.subscribe(self, lambda _: self.redraw(force=True))
        self.follow_config(self._config)

    def on_unmount(self) -> None:
        """The session may live longer than the screen."""
        self.session.on_message = lambda: None
        self._frames.end()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A feed that fails says so on the screen; the figures stay."""
        if event.worker.name == "feed" and event.state is WorkerState.ERROR:
            self._failure = str(event.worker.error) or type(event.worker.error).__name__
            self.redraw(force=True)

    # Drawing

    def redraw(self, force: bool = False) -> None:
        """Bars follow the clock; everything else is drawn only when the session has changed."""
        self.first_window()
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
        """It costs the service something: only while somebody looks at it."""
        wanted = self.main_screen.attributing
        if wanted != self._attributing:
            self._attributing = wanted
            self.call_later(self.feed.set_attribution, wanted)

    def draw_bars(self) -> None:
        """Header and tabs alone."""
        if (screen := self.live_screen) is not None and screen.is_drawable:
            screen.draw_bars()

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

    def viewer(self) -> ViewerState:
        """What the screen itself is doing."""
        able = self.feed.abilities
        position = self.feed.position if able.replay else None
        return ViewerState(self._stopping is not None, able.owns_service, position, self.paused_seconds, self._failure)

    # Views

    async def action_view(self, name: str) -> None:
        """Show a view."""
        await self._back_to(1)
        await self.main_screen.show_view(name)

    def action_back_to(self, depth: int) -> None:
        """Back to one of the screens one came through, the first being the main one."""
        # Not awaited here: a click is answered by the screen that is to go, which waits for what it is doing.
        self.call_later(self._back_to, depth)

    async def _back_to(self, depth: int) -> None:
        while len(self.screen_stack) > depth:
            await self.pop_screen()

    async def look_at_goroutines(self, looking: bool) -> None:
        """Have all goroutines read, or no more: that costs the agent something, and only some views show it."""
        if looking != self._looks_at_goroutines:
            self._looks_at_goroutines = looking
            await self.feed.set_goroutines(looking)

    def open_site(self, key: SiteKey, hide: Hide | None = None) -> None:
        """Show a site's stacks, without the frames that its view hides."""
        from gotop.ui.stacks.stacks_screen import StacksScreen  # not needed for the first frame

        self.push_screen(StacksScreen(key, self.main_screen.sites.look.hide if hide is None else hide))

    def open_function(self, frame: Frame, hide: Hide) -> None:
        """Show who calls a function and what it calls."""
        from gotop.ui.stacks.function_screen import FunctionScreen

        self.push_screen(FunctionScreen(frame, hide))

    def open_type(self, name: str) -> None:
        """Show the sites that allocate a type: on a screen of their own, so that Sites stays as it was left."""
        from gotop.ui.sites.type_screen import TypeScreen

        self.push_screen(TypeScreen(name))

    def action_help(self) -> None:
        """Show all keys."""
        from gotop.ui.frame.help import HelpScreen

        self.push_screen(HelpScreen())

    # Replay

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

    def _driver_alone(self) -> TerminalDriver | None:
        driver = self._driver
        return driver if isinstance(driver, TerminalDriver) and _hung_up(driver.fileno) else None

    def terminal_is_gone(self) -> bool:
        """Whether nobody is at the terminal's other end any more."""
        return self._driver_alone() is not None

    def stop_reading(self) -> None:
        """If the terminal is gone, its reader would find its end over and over, and keep the process from ending.

        One that is still there, where only the signal came, is put in order by the reader's own end.

        This runs in a signal handler, which may have interrupted the very same on its way: it must not wait for a lock
        that its own thread holds. Another thread may, and this way of making one takes none.
        """
        if (driver := self._driver_alone()) is not None and not driver.exit_event.is_set():
            _thread.start_new_thread(driver.exit_event.set, ())

    def _leave(self) -> None:
        self._left = True
        self.exit(self.session.ending)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What Textual draws itself (messages, inputs, the palette) goes through the same as gotop's own lines."""
        return [*super().get_line_filters(), CONTROLS]

    def on_exit_app(self) -> None:
        """Whoever draws for it (`gotop web`) has gone."""
        self._left = True

    def get_driver_class(self) -> type[Driver]:
        """The terminal's, unless the environment names another one (`gotop web`)."""
        named = super().get_driver_class()
        return TerminalDriver if issubclass(TerminalDriver, named) else named

    @property
    def mistake(self) -> Exception | None:
        """What ended the app, None if it was left: the exception, where there was one."""
        if self._exception is not None:
            return self._exception
        return None if self._left else RuntimeError(self._panic or "the screen ended, and nobody asked it to")

    def panic(self, *renderables: RenderableType) -> None:
        """End as after an exception: who runs the app tells why."""
        self._panic = " ".join(map(str, renderables))
        self._close_messages_no_wait()

    def _fatal_error(self) -> None:
        """End after an exception, without Textual's pages of frames and columns: who runs the app tells `mistake`."""
        self._close_messages_no_wait()


def _hung_up(fd: int) -> bool:
    """Whether nobody is at a terminal's other end any more."""
    poll = select.poll()
    poll.register(fd, 0)  # what asks for nothing is told of this
    return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))
