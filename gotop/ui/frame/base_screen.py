"""What all screens with figures have in common: header, banner, footer, and being drawn by the app's timer."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from gotop.ui.frame import chrome, status_text
from gotop.ui.frame.chrome import FooterKey
from gotop.ui.frame.monitored import Monitored
from gotop.ui.text import Line, Part
from gotop.ui.widgets.static_lines import StaticLines

LEAST_WIDTH, LEAST_HEIGHT = 60, 15
SAID_IN_FULL = 80
"""Columns from which on the second line has room for more than a sign of what is the matter."""
FIRST_CRUMB = 3
"""Rank of the nearest screen's crumb: what tells this screen from others stays longer."""
LAST_IN_FOOTER = ("help", "leave")
WAYS_BACK = ("back", "zoom_out", "clear_filter", "cancel", "keep", "live")
"""Who came somewhere by a key must see the one that leads back, on the narrowest screen, too."""


class LiveScreen(Monitored, Screen[None]):
    """A screen with the target and its state at the top and the keys at the bottom."""

    _had_focus: Widget | None = None

    def compose(self) -> ComposeResult:
        """Compose bars around a body."""
        yield StaticLines(id="header", classes="bar")
        yield StaticLines(id="tabs", classes="bar")
        yield StaticLines(id="banner", classes="bar")
        yield from self.compose_body()
        yield StaticLines(id="footer", classes="bar")
        yield StaticLines(id="small")

    def compose_body(self) -> ComposeResult:
        """Draw or compose what stands between the bars."""
        raise NotImplementedError
        yield Widget()

    def on_mount(self) -> None:
        """Draw, and have the footer follow what can be done."""
        self.bindings_updated_signal.subscribe(self, lambda _: self.draw_footer())
        self.draw_all()

    def on_resize(self) -> None:
        """Draw everything again at another size."""
        self.call_after_refresh(self.draw_all)

    def on_screen_resume(self) -> None:
        """Draw what is now when uncovered: the next reading may be long in coming."""
        if self.is_drawable:
            self.draw_all()

    @property
    def is_drawable(self) -> bool:
        """Whether there is something to draw on: the timer goes on while an app that is leaving takes itself apart."""
        return self.app.is_running and self.is_mounted and self.is_attached

    def draw_all(self) -> None:
        """Draw bars, body and footer."""
        if not self.app.is_running:
            return
        self.draw_bars()
        if not self.too_small:
            self.draw_body()
        self.draw_footer()

    def draw_body(self) -> None:
        """Draw or compose what stands between the bars."""
        raise NotImplementedError

    def second_line(self, width: int) -> Line:
        """Write the line below the header."""
        raise NotImplementedError

    def state(self, action: str) -> str:
        """Return the state of what an action of the screen changes, in a word or two."""
        return ""

    def standstill(self) -> list[Part]:
        """Return why rows do not move, where they do not."""
        brief = self.app.size.width < SAID_IN_FULL
        saying = status_text.standstill(self.monitor.time.paused_seconds, self.monitor.time.back_seconds, brief)
        return [(chrome.FIRST, [(f" {saying} ", self.palette.chip_warn)])] if saying else []

    @property
    def crumb(self) -> str:
        """What the screen is called on those that lie above it."""
        raise NotImplementedError

    def crumbs(self) -> list[Part]:
        """Return the screens below this one, to which a click leads back; those further away give way first."""
        below = []
        for depth, screen in enumerate(self.app.screen_stack, 1):
            if screen is self:
                break
            if isinstance(screen, LiveScreen):
                below.append((screen.crumb, chrome.click(self.palette.dim, f"app.back_to({depth})")))
        end = (" › ", self.palette.dim)
        return [(FIRST_CRUMB + len(below) - number, [crumb, end]) for number, crumb in enumerate(below)]

    def header_line(self, width: int) -> Line:
        """Write who is watched, since when, and how far the figures can be trusted."""
        return chrome.header(self.monitor.session, self.monitor.viewer(), width, self.palette)

    def draw_bars(self) -> None:
        """Draw header, second line and banner."""
        width, palette, viewer = self.app.size.width, self.palette, self.monitor.viewer()
        self._draw_too_small()
        self._board("header").show([self.header_line(width)])
        self._board("tabs").show([self.second_line(width)])
        saying = status_text.banner(self.monitor.session, viewer)
        banner = self._board("banner")
        banner.display = saying is not None
        if saying is not None:
            lines = chrome.banner(saying, width, palette)
            banner.styles.height = len(lines)
            banner.show(lines)

    @property
    def too_small(self) -> bool:
        """Whether the terminal has no room for a screen that could be read."""
        return self.app.size.width < LEAST_WIDTH or self.app.size.height < LEAST_HEIGHT

    def draw_footer(self) -> None:
        """Draw the keys that do something here."""
        if not (self.is_attached and self.app.is_running):
            return
        offered: list[FooterKey] = []
        last: list[FooterKey] = []
        for active in self.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled:
                action = binding.action
                stays = action in LAST_IN_FOOTER or action in WAYS_BACK
                key, click = self.app.get_key_display(binding), f"app.simulate_key('{binding.key}')"
                row = last if action in LAST_IN_FOOTER else offered
                if all(binding.description != other.what for other in row):
                    row.append(FooterKey(key, binding.description, click, stays))
        self._board("footer").show([chrome.footer([*offered, *last], self.app.size.width, self.palette)])

    def _draw_too_small(self) -> None:
        size, palette, small = self.app.size, self.palette, self.too_small
        if small and not self.has_class("too-small"):
            self._had_focus = self.focused  # what is not displayed loses it
        elif not small and self.has_class("too-small") and self._had_focus is not None:
            self.call_after_refresh(self.set_focus, self._had_focus)
        self.set_class(small, "too-small")
        if small:
            first = f"{size.width}×{size.height} is too small"
            second = f"gotop needs {LEAST_WIDTH}×{LEAST_HEIGHT}; q quits"
            lines: list[Line] = [[] for _ in range(max(0, size.height // 2 - 1))]
            for text, style in ((first, palette.warn), (second, palette.dim)):
                lines.append([(" " * max(0, (size.width - len(text)) // 2), palette.text), (text, style)])
            self._board("small").show(lines)

    def _board(self, name: str) -> StaticLines:
        return self.get_child_by_id(name, StaticLines)
