"""What can be done at the moment: which keys are offered, and the palette's entries for them, each with its state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from textual.app import App, SystemCommand
from textual.screen import Screen

from gotop import units
from gotop.ui.exports import Exports
from gotop.ui.feed import Abilities
from gotop.ui.frame.base_screen import LiveScreen
from gotop.ui.frame.time_windows import WINDOW_TITLES
from gotop.ui.main_screen import MainScreen
from gotop.ui.monitor import Monitor
from gotop.ui.service_settings import ServiceSettings


def possible(able: Abilities, action: str) -> bool:
    """Whether a feed can do what an action asks for, now or at another moment."""
    if action.startswith("replay_"):
        return able.replay
    if action in ("interval", "mode", "set_mode", "set_budget"):
        return able.live and not able.replay
    return action != "step" or not able.replay  # a replay can be moved in as a whole


def offered(monitor: Monitor, screen: LiveScreen | None, action: str) -> bool:
    """Whether an action does something at the moment. `screen`: the topmost one with figures."""
    spec = screen.spec if isinstance(screen, MainScreen) else None
    if not possible(monitor.feed.abilities, action):
        return False
    if action in ("step", "live"):
        return (spec is None or spec.has_past) and (action == "step" or monitor.time.paused)
    if action == "unmark":
        return bool(monitor.session.now.marks)
    if action == "view":
        focused = screen.app.focused if screen is not None else None
        return focused is None or focused.id != "filter-input"  # a digit is part of the text
    return action != "window" or spec is None or spec.has_window


def state_of(monitor: Monitor, screen: LiveScreen | None, action: str) -> str:
    """Return the state of what an action changes, in a word or two; "" where there is nothing to say."""
    name = action.partition("(")[0]
    if name == "window":
        return WINDOW_TITLES[monitor.time.window]
    if name == "pause":
        seconds = monitor.time.paused_seconds
        return "" if seconds is None else f"for {seconds:.0f} s"
    return screen.state(name) if screen is not None else ""


def key_commands(
    app: App[Any], monitor: Monitor, screen: Screen[Any], live_screen: LiveScreen | None
) -> Iterable[SystemCommand]:
    """Return an entry for every key that does something on `screen`; chosen, it presses the key."""
    known = {"All commands"}  # the palette itself
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.id and active.enabled and binding.description not in known:
            known.add(binding.description)
            key, state = binding.key, state_of(monitor, live_screen, binding.action)
            help_ = f"key {app.get_key_display(binding)}" + (f", now {state}" if state else "")
            yield SystemCommand(binding.description, help_, lambda key=key: app.simulate_key(key))


def units_entry() -> tuple[str, str]:
    """Return title and help of the palette's entry for the units of sizes."""
    if units.has_pprof_sizes():
        return "Units: decimal", "1 MB = 10⁶ bytes, as rates of disks and networks are written"
    return "Units: pprof's", "1 MB = 2²⁰ bytes, to compare with go tool pprof"


class Palette:
    """The command palette of an app: every key's action, settings, exports. `app` is the monitor, too."""

    def __init__(self, app: App[Any], monitor: Monitor, settings: ServiceSettings, exports: Exports) -> None:
        self._app = app
        self._monitor = monitor
        self._settings = settings
        self._exports = exports

    def entries(self, screen: Screen[Any], live_screen: LiveScreen | None) -> Iterator[SystemCommand]:
        """Return all entries. `screen`: the topmost one; `live_screen`: the topmost one with figures."""
        yield from key_commands(self._app, self._monitor, screen, live_screen)
        if self._monitor.feed.abilities.live:
            yield from self._setting_entries()
        yield from self._exports.commands()

    async def offer_settings(self) -> None:
        """Open the palette with modes and budgets alone."""
        await self._offer(self._setting_entries(), "What is kept of an allocation, and what it may cost")

    async def offer_exports(self) -> None:
        """Open the palette with exports alone."""
        await self._offer(self._exports.commands(), "Which file is to be written into the working directory")

    async def _offer(self, entries: Iterable[SystemCommand], placeholder: str) -> None:
        await self._app.search_commands([(each.title, each.callback, each.help) for each in entries], placeholder)

    def _setting_entries(self) -> Iterator[SystemCommand]:
        app = self._app
        for setting in self._settings.choices():
            run = lambda action=setting.action: app.call_later(app.run_action, action)  # noqa: E731
            yield SystemCommand(setting.title, setting.meaning, run)
