"""All keys, made from the bindings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from gotop.ui import keys
from gotop.ui.colours import palette_of

TWO_COLUMNS = 90

GROUPS: tuple[tuple[str, tuple[Binding, ...]], ...] = (
    ("Everywhere", keys.APP),
    ("Moving", (*keys.TABLE, *keys.SCROLL)),
    ("Rows of all views", keys.SITE_VIEW),
    ("GC", keys.TIME_LINE),
    ("While typing a filter", keys.FILTER),
    ("Stacks and functions", keys.STACKS),
    ("Callers and callees", keys.TREE),
    ("Flame", (*keys.FLAME_GRAPH, *keys.FLAME_VIEW)),
    ("Log", (*keys.LOG, *keys.LOG_VIEW)),
    ("Stack frames and source", (*keys.SOURCE_LINE, *keys.PANE)),
)


def rows(app: App[object], bindings: Iterable[Binding]) -> list[tuple[str, str]]:
    """Keys (as bound now) and what they do, those with the same meaning on one line."""
    meaning: dict[str, list[str]] = {}
    for binding in bindings:
        if app.check_action(binding.action.partition("(")[0], ()) is False:
            continue
        keymap = getattr(app, "_keymap", {})
        bound = binding.with_key(keymap[binding.id]) if binding.id in keymap else binding
        for single in Binding.make_bindings([bound]):
            shown = meaning.setdefault(binding.description, [])
            display = binding.key_display if bound is binding and binding.key_display else app.get_key_display(single)
            if display not in shown:
                shown.append(display)
    return [(" ".join(shown), what) for what, shown in meaning.items()]


class HelpScreen(ModalScreen[None]):
    """A page over whatever is shown, which goes on underneath."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.HELP]

    def compose(self) -> ComposeResult:
        """Keys in two columns where there is room, below them what the figures mean."""
        with VerticalScroll(id="help") as scroll:
            scroll.border_title = "Keys"
            scroll.border_subtitle = "Esc closes"
            with Horizontal(id="help-keys"):
                yield Static(self._keys(GROUPS[:2]), classes="help-text")
                yield Static(self._keys(GROUPS[2:]), classes="help-text help-right")
            yield Static(self._meaning(), classes="help-text")

    def on_resize(self) -> None:
        """One column where two have no room."""
        self.set_class(self.app.size.width < TWO_COLUMNS, "narrow")

    def _keys(self, groups: Iterable[tuple[str, tuple[Binding, ...]]]) -> Text:
        palette, text = palette_of(self.app), Text()
        for title, bindings in groups:
            text.append(("\n\n" if text else "") + title, palette.title)
            for shown, what in rows(self.app, bindings):
                text.append(f"\n{shown:<12}", palette.accent)
                text.append(what, palette.text)
        return text

    def _meaning(self) -> Text:
        palette, text = palette_of(self.app), Text()
        text.append("\nFigures", palette.title)
        for what, meaning in _MEANING:
            text.append(f"\n{what:<12}", palette.dim)
            text.append(meaning, palette.text)
        for reason in self._partial():
            text.append(f"\n{'partial':<12}{reason}", palette.warn)
        return text

    def _partial(self) -> tuple[str, ...]:
        from gotop.ui.app import MonitorApp

        return self.app.session.health().partial if isinstance(self.app, MonitorApp) else ()


_MEANING = (
    ("coverage", "allocations counted, over the runtime's own count of the same span"),
    ("share", "of all bytes allocated in the window; rates are of the window, too"),
    ("total", "everything since the hooks were placed"),
    ("30 s", "bytes/s of the last 30 seconds, scaled to the row's own peak"),
    ("rounding", "what size classes add to the bytes asked for"),
    ("live", "goroutines at the last reading of all; NumGoroutine is the runtime's count since"),
    ("reused", "goroutines that took a dead one's stack; the others got a new one"),
    ("copied", "the most that can have been copied when stacks grew or shrank"),
    ("≈", "an estimate; of growth: several go statements start the function"),
    ("pause", "time it took to stop all threads, and time they stood still"),
)
