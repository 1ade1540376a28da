"""Which moment the tables show, and over which span: windows, marks, pause, and steps back into the last minutes.

Nothing of this stops the session: it goes on taking what comes, and a moment that stands still is a copy of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gotop.model.queries import Window
from gotop.model.runtime.runtime_moment import RuntimeMoment
from gotop.model.sites.moment import Moment
from gotop.ui.frame.base_view import View
from gotop.ui.service_settings import SettingsApp

if TYPE_CHECKING:
    from gotop.ui.main_screen import MainScreen

STEP_S = 5.0
LIVE_S = 0.5
"""Who steps forward to this close to the last reading is live again."""


class TimedApp(SettingsApp):
    """The part of the app that knows what time it is on the screen."""

    clock: Callable[[], float]

    def __init__(self) -> None:
        super().__init__()
        self.window = Window.S10
        self._begun = False
        self._plain_window = Window.S10
        self._still: Moment | None = None
        self._paused_at: float | None = None

    @property
    def main_screen(self) -> MainScreen:
        """The screen with the views."""
        raise NotImplementedError

    def redraw(self, force: bool = False) -> None:
        """Bring the screen up to date."""
        raise NotImplementedError

    @property
    def _standing(self) -> Moment | None:
        """The moment that stands still. None once another program has followed: its stacks are others."""
        return self._still if self._still is not None and self._still.shares_stacks(self.session.now) else None

    @property
    def moment(self) -> Moment:
        """What tables are drawn from: the live figures, or those of a moment that stands still."""
        return self._standing or self.session.now

    @property
    def runtime(self) -> RuntimeMoment:
        """What tables about the runtime are drawn from, of the same moment."""
        still = self._standing
        return self.session.runtime if still is None else self.session.runtime.as_of(still.timeline)

    @property
    def paused(self) -> bool:
        """Whether tables stand still."""
        return self._standing is not None

    @property
    def paused_seconds(self) -> float | None:
        """For how long tables have stood still by a pause; None if they do not."""
        return None if self._paused_at is None or not self.paused else self.clock() - self._paused_at

    @property
    def back_seconds(self) -> float | None:
        """How long ago it was what is shown, if one has stepped back to it."""
        still = self._standing
        return None if still is None or self._paused_at is not None else self.session.now.at - still.at

    # Windows and marks

    def first_window(self) -> None:
        """Begin with everything where samples are few: the last seconds would show next to nothing."""
        target = self.session.target
        if target is None or self._begun:
            return
        self._begun = True
        if target.sample_only:
            self.window = self._plain_window = Window.TOTAL

    def windows(self) -> list[Window]:
        """Those that can be chosen now."""
        return [
            window
            for window in Window
            if window is not Window.WATCHED and (window is not Window.MARK or self.moment.marks)
        ]

    def action_window(self) -> None:
        """The next window."""
        every = self.windows()
        here = every.index(self.window) if self.window in every else -1
        self.action_set_window(every[(here + 1) % len(every)].name)

    def action_set_window(self, name: str) -> None:
        """Rates and shares of another window."""
        self.window = Window[name]
        if self.window is not Window.MARK:
            self._plain_window = self.window
        self.changed_time()

    def action_mark(self) -> None:
        """Figures since what is shown now; a second mark compares what is between the two with what is since."""
        if not self.session.totals().allocs:
            return
        self.session.mark(self._standing)
        count = len(self.session.now.marks)
        self.notify("Mark: figures since now" if count == 1 else "A: between the marks, B: since the second", timeout=3)
        self.action_set_window("MARK")
        self.refresh_bindings()

    def action_unmark(self) -> None:
        """Forget the marks."""
        self.session.clear_marks()
        if self.window is Window.MARK:
            self.window = self._plain_window
        self.changed_time()
        self.refresh_bindings()

    # Pause and the past

    async def action_pause(self) -> None:
        """Let the tables stand still, or go on; a replay halts as a whole."""
        position = self.feed.position
        if self.feed.abilities.replay and position:
            await self.feed.set_paused(not position.paused)
        elif self.paused:
            return self.action_live()
        else:
            self._still, self._paused_at = self.session.moment(), self.clock()
        self.changed_time()
        self.refresh_bindings()

    def action_step(self, direction: int) -> None:
        """Some seconds back, or forward until the figures are live again."""
        here, now = self.moment.at, self.session.now.at
        target = here + direction * STEP_S
        then = self.session.moment(target)
        while direction > 0 and then.at <= here and target < now:
            target += STEP_S
            then = self.session.moment(target)
        if direction > 0 and target >= now - LIVE_S:
            return self.action_live()
        if then.at >= here and direction < 0:
            self.notify("Nothing older is kept", timeout=2)
            return
        self._still, self._paused_at = then, None
        self.changed_time()
        self.refresh_bindings()

    def action_live(self) -> None:
        """Back to what is now."""
        self._still = self._paused_at = None
        self.changed_time()
        self.refresh_bindings()

    def changed_time(self) -> None:
        """Another moment or window: everything anew, in the order that belongs to it."""
        if self.is_running:
            for view in [view for screen in self.screen_stack for view in screen.query(View)]:
                view.changed_time()
        self.redraw(force=True)
