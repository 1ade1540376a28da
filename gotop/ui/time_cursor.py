"""Which moment the tables show, and over which window: marks, pause, and steps back into the last minutes.

Nothing of this stops the session: it goes on taking what comes, and a moment that stands still is a copy of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from gotop.model.queries import Window
from gotop.model.runtime.runtime_moment import RuntimeMoment
from gotop.model.session import Session
from gotop.model.sites.moment import Moment

STEP_S = 5.0
"""Seconds of a step into the past."""

LIVE_S = 0.5
"""A step forward to this close to the last reading leads to the live figures."""


class TimeCursor:
    """The moment and the window that the tables show. `clock`: seconds, for how long a pause lasts."""

    def __init__(self, session: Session, clock: Callable[[], float]) -> None:
        self.window = Window.S10
        self._session = session
        self._clock = clock
        self._window_chosen = self._window_picked = False
        self._window_before_end: Window | None = None
        self._window_before_mark = Window.S10
        self._frozen: Moment | None = None
        self._paused_at: float | None = None

    @property
    def _frozen_moment(self) -> Moment | None:
        """The moment that stands still; None once another program has followed, whose stacks are others."""
        frozen = self._frozen
        return frozen if frozen is not None and frozen.shares_stacks(self._session.now) else None

    @property
    def moment(self) -> Moment:
        """The moment that the tables are drawn from: the live one, or one that stands still."""
        return self._frozen_moment or self._session.now

    @property
    def past(self) -> Moment | None:
        """The moment that a step back led to, which the figures above the tables show, too; None without one."""
        return None if self._paused_at is not None else self._frozen_moment

    @property
    def runtime(self) -> RuntimeMoment:
        """Goroutines, collections and size classes of that moment."""
        frozen = self._frozen_moment
        return self._session.runtime if frozen is None else self._session.runtime.as_of(frozen.timeline)

    @property
    def paused(self) -> bool:
        """Whether the tables stand still, by a pause or a step back."""
        return self._frozen_moment is not None

    @property
    def paused_seconds(self) -> float | None:
        """For how many seconds a pause has lasted; None without one."""
        return None if self._paused_at is None or not self.paused else self._clock() - self._paused_at

    @property
    def back_seconds(self) -> float | None:
        """How many seconds ago the moment was that a step back led to; None without one."""
        frozen = self._frozen_moment
        return None if frozen is None or self._paused_at is not None else self._session.now.at - frozen.at

    # Windows and marks

    def choose_first_window(self) -> None:
        """Begin with everything where only samples are taken: the last seconds would show next to nothing."""
        target = self._session.target
        if target is None or self._window_chosen:
            return
        self._window_chosen = True
        if target.sample_only:
            self.set_window(Window.TOTAL)

    def follow_phase(self) -> None:
        """Show everything once the service has ended, as long as nobody has chosen a window: the last seconds before an
        end are rarely what one looks for. Where a replay goes back before it, the window that was shown is shown again.
        """
        ended = self._session.ending is not None
        if ended is (self._window_before_end is not None) or self._window_picked:
            return
        if ended:
            self._window_before_end, self.window = self.window, Window.TOTAL
        else:
            self.window, self._window_before_end = self._window_before_end or self.window, None

    @property
    def shows_whole_run(self) -> bool:
        """Whether the service has ended and everything is shown, since nobody has chosen otherwise."""
        return self._window_before_end is not None and self.window is Window.TOTAL

    def windows(self) -> list[Window]:
        """The windows that can be chosen now, in the order of their key."""
        marked = bool(self.moment.marks)
        return [window for window in Window if window is not Window.WATCHED and (window is not Window.MARK or marked)]

    def next_window(self) -> None:
        """Choose the window after the one that is shown."""
        windows = self.windows()
        here = windows.index(self.window) if self.window in windows else -1
        self.pick_window(windows[(here + 1) % len(windows)])

    def pick_window(self, window: Window) -> None:
        """Choose a window for the user, who has asked for it."""
        self._window_picked = True
        self.set_window(window)

    def set_window(self, window: Window) -> None:
        """Choose a window."""
        self.window = window
        if window is not Window.MARK:
            self._window_before_mark = window

    def mark(self) -> int:
        """Set a mark at the moment shown and choose its window. Returns how many marks there are, at most two; 0 where
        nothing has been allocated yet and so nothing can be marked.
        """
        if not self._session.totals().allocs:
            return 0
        self._session.mark(self._frozen_moment)
        self.pick_window(Window.MARK)
        return len(self._session.now.marks)

    def forget_marks(self) -> None:
        """Remove the marks; the window that was chosen before them is shown again."""
        self._session.clear_marks()
        if self.window is Window.MARK:
            self.window = self._window_before_mark

    # Pause and the past

    def pause(self) -> None:
        """Let the tables stand still at what is now."""
        self._frozen, self._paused_at = self._session.moment(), self._clock()

    def go_live(self) -> None:
        """Show what is now, and follow it."""
        self._frozen = self._paused_at = None

    def step(self, direction: int) -> bool:
        """Go `STEP_S` seconds back (-1) or forward (1), as far forward as the next reading that differs, if need be to
        the live figures. Returns whether that was possible: False where nothing older is kept.
        """
        here, now = self.moment.at, self._session.now.at
        wanted = here + direction * STEP_S
        then = self._session.moment(wanted)
        while direction > 0 and then.at <= here and wanted < now:
            wanted += STEP_S
            then = self._session.moment(wanted)
        if direction > 0 and wanted >= now - LIVE_S:
            self.go_live()
            return True
        if then.at >= here and direction < 0:
            return False
        self._frozen, self._paused_at = then, None
        return True
