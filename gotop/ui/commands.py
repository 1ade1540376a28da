"""What can be done at the moment: which keys are offered, and the palette, with every action and its state."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import SystemCommand
from textual.screen import Screen

from gotop.ui.exports import FilesApp
from gotop.ui.frame.base_screen import LiveScreen
from gotop.ui.frame.blocks import WINDOW_TITLES
from gotop.ui.main_screen import MainScreen
from gotop.ui.time_cursor import TimedApp

WINDOWLESS = ("gc", "sizes", "log")
"""Views that no window applies to."""

TIMELESS = ("log",)
"""Views that always show what is now."""


class CommandsApp(FilesApp, TimedApp):
    """The part of the app that knows what can be done."""

    @property
    def live_screen(self) -> LiveScreen | None:
        """The topmost screen with figures; a help page may lie above it."""
        return next((screen for screen in reversed(self.screen_stack) if isinstance(screen, LiveScreen)), None)

    def possible(self, action: str) -> bool:
        """Whether this feed can do it at all, now or at another moment."""
        able = self.feed.abilities
        if action.startswith("replay_"):
            return able.replay
        if action in ("interval", "mode", "set_mode", "set_budget"):
            return able.live and not able.replay
        return action != "step" or not able.replay  # a replay can be moved in as a whole

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys for what cannot be done are not offered."""
        if not self.possible(action):
            return False
        if action == "step":
            return not self._shows(TIMELESS)
        if action == "live":
            return self.paused and not self._shows(TIMELESS)
        if action == "unmark":
            return bool(self.session.now.marks)
        if action == "view":
            return self.focused is None or self.focused.id != "filter-input"
        if action == "window":
            return not self._shows(WINDOWLESS)
        return True

    def _shows(self, views: tuple[str, ...]) -> bool:
        return isinstance(self.live_screen, MainScreen) and self.live_screen.current in views

    def state_of(self, action: str) -> str:
        """How what an action changes is now, in a word or two; "" where there is nothing to say."""
        name = action.partition("(")[0]
        if name == "window":
            return WINDOW_TITLES[self.window]
        if name == "pause":
            return "" if self.paused_seconds is None else f"for {self.paused_seconds:.0f} s"
        screen = self.live_screen
        return screen.state(name) if screen is not None else ""

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette offers every key's action with its state, and what Textual offers itself."""
        known = {"All commands"}  # one is there already
        for active in screen.active_bindings.values():
            binding = active.binding
            if binding.id and active.enabled and binding.description not in known:
                known.add(binding.description)
                key, state = binding.key, self.state_of(binding.action)
                shown = f"key {self.get_key_display(binding)}" + (f", now {state}" if state else "")
                yield SystemCommand(binding.description, shown, lambda key=key: self.simulate_key(key))
        if self.feed.abilities.live:
            yield from self.settings()
        yield from self.exports()
        for command in super().get_system_commands(screen):
            if command.title == "Theme":
                yield command
