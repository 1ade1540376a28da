"""All keys, made from the bindings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from textwrap import wrap
from typing import Any, ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from gotop import units
from gotop.ui import keys
from gotop.ui._textual_internals import configured_keys
from gotop.ui.frame import status_text
from gotop.ui.frame.monitored import Monitored

TWO_COLUMNS, THREE_COLUMNS = 90, 150
LABEL = 12
FRAME, LONGEST = 8, 100
"""Cells around the page's text, and the longest line that reads well."""

KeyGroup = tuple[str, tuple[Binding, ...]]
"""Keys and the title they stand under."""


def key_rows(app: App[Any], possible: Callable[[str], bool], bindings: Iterable[Binding]) -> list[tuple[str, str]]:
    """Return keys (as bound now) and what they do, those with the same meaning on one line.

    Also those that do nothing at the moment: this is where one learns of them.
    """
    meaning: dict[str, list[str]] = {}
    for binding in bindings:
        if not possible(binding.action.partition("(")[0]):
            continue
        keymap = configured_keys(app)
        bound = binding.with_key(keymap[binding.id]) if binding.id and binding.id in keymap else binding
        for single in Binding.make_bindings([bound]):
            shown = meaning.setdefault(binding.description, [])
            display = binding.key_display if bound is binding and binding.key_display else app.get_key_display(single)
            if display not in shown:
                shown.append(display)
    return [(" ".join(shown), what) for what, shown in meaning.items()]


class HelpScreen(Monitored, ModalScreen[None]):
    """A page over whatever is shown, which goes on underneath."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.HELP]

    def __init__(self, columns: Sequence[Sequence[KeyGroup]], possible: Callable[[str], bool]) -> None:
        super().__init__()
        self._columns = columns
        self._possible = possible

    def compose(self) -> ComposeResult:
        """Compose keys in up to three columns, as there is room, and below them what the figures mean."""
        with VerticalScroll(id="help") as scroll:
            scroll.border_title = "Keys, and what the figures mean"
            scroll.border_subtitle = "↑ ↓ scroll, Esc closes"
            with Horizontal(id="help-keys"):
                yield Static(self._keys(self._columns[0]), classes="help-text")
                with Container(id="help-more", classes="help-right"):
                    yield Static(self._keys(self._columns[1]), classes="help-text")
                    yield Static(self._keys(self._columns[2]), classes="help-text", id="help-views")
            yield Static(id="help-figures", classes="help-text")

    def on_resize(self) -> None:
        """Use one column where two have no room, three where they have, and sentences as long as the page is wide."""
        self.set_class(self.app.size.width >= THREE_COLUMNS, "wide")
        self.set_class(self.app.size.width < TWO_COLUMNS, "narrow")
        self.query_one("#help-figures", Static).update(self._meaning(self.app.size.width * 94 // 100 - FRAME))

    def _keys(self, groups: Iterable[KeyGroup]) -> Text:
        palette, text = self.palette, Text()
        for title, bindings in groups:
            text.append(("\n\n" if text else "") + title, palette.title)
            for shown, what in key_rows(self.app, self._possible, bindings):
                text.append(f"\n{shown:<{LABEL}}", palette.accent)
                text.append(what, palette.text)
        return text

    def _meaning(self, width: int) -> Text:
        palette, text = self.palette, Text()
        text.append("\nFigures", palette.title)
        said = [(what, meaning, palette.text) for what, meaning in _MEANING]
        health = self.monitor.session.health()
        said += [(what, meaning, palette.text) for what, meaning in (size_units(), *_VIEWS)]
        said += [("hooks", meaning, palette.text) for meaning in status_text.cost_meaning(health)]
        if self.monitor.session.shortened:
            said.append((units.SHORTENED, _SHORTENED, palette.warn))
        if chosen := self.monitor.session.room.chosen:
            said.append(("memory", chosen, palette.text))
        said += [("partial", reason, palette.warn) for reason in health.partial]
        for what, meaning, style in said:
            text.append(f"\n{what:<{LABEL}}", palette.dim)
            lines = wrap(meaning, max(20, min(width, LONGEST) - LABEL))
            text.append(("\n" + " " * LABEL).join(lines), style)
        return text


def size_units() -> tuple[str, str]:
    """Return what stands for the unit of sizes in force, and what it is."""
    if units.has_pprof_sizes():
        return "MB", "2²⁰ bytes, as in go tool pprof; ctrl+p, Units: decimal"
    return "MB", "10⁶ bytes; go tool pprof's MB is 2²⁰: ctrl+p, Units, or units = \"pprof\" in the configuration"


_SHORTENED = (
    "some stacks are kept shorter than they were, for want of room; the row's figures are whole. FRAMES: 8† of such a "
    "stack, 8+ of one as deep as --depth allows; between 2† frames some may be missing"
)
_VIEWS = (
    ("Overview", "rates in three windows and totals; heap against the next collection's goal; CPU, memory"),
    ("Sites", "a row is the innermost frame outside the runtime and a type; BYTES and ALLOCS are since the hooks"),
    ("Flame", "a box is as wide as what it and all it calls allocate in the window"),
    ("Goroutines", "by go statement: alive as last read, created since the hooks; states are of those that live"),
    ("GC", "cycles/min is of the last minute; p50 is the least pause that half of all are not above"),
    ("Log", "what the service writes to stdout and stderr, as gotop received it"),
    ("Sizes", "the runtime's counts since the start; COUNTED and ROUNDING: the hooks', – where none fits"),
)
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
    (
        "pause",
        "time it took to stop all threads, and time they stood still; a cycle's is MemStats.PauseNs, "
        "which ends only when they have been started again",
    ),
    ("type –", "strings, and what slices without pointers grow to: the runtime is asked for bytes, not for a type"),
)
