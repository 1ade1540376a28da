"""The lines around the views: header, tabs, banner, footer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from textwrap import wrap

from rich.style import Style

from gotop import units
from gotop.model.queries import Window
from gotop.model.session import Session
from gotop.model.status.values import Target
from gotop.ui.colours import Palette
from gotop.ui.frame import status_text
from gotop.ui.frame.status_text import StatusText, Tone, chip, coverage, sampled
from gotop.ui.frame.time_windows import COMPARED, PLAIN_WINDOWS, WINDOW_TITLES
from gotop.ui.frame.view_spec import ViewSpec
from gotop.ui.monitor import ViewerState
from gotop.ui.text import Line, Part, choose, left, spread, width_of, width_of_line

FIRST = -1
"""Rank of what is known by nothing else on the screen: that rows stand still, and the filter."""
NEEDED, COUNTED = 1, 2
"""Parts of a note up to these ranks: those that stay whatever the names of views have room for, and the row count."""
NAMINGS: tuple[tuple[int | None, str, int], ...] = (
    (None, " ", COUNTED), (0, " ", COUNTED), (1, "", COUNTED), (1, "", NEEDED), (2, "", NEEDED), (-1, "", NEEDED),
)  # fmt: skip
"""From comfortable to tight: what other views than the one that is shown are called (None: by their whole titles, -1:
not at all, otherwise the place in `ViewSpec.titles`), the space around a name, and up to which rank the note at the
right has to have room.
"""
FILTER_SHOWN = 24
"""Cells of a filter that are always shown; a wide screen shows more of it."""
FILTER_LEAST, CRAMPED = 8, 80
"""Cells of it beside something else that must be said, on a screen of fewer columns than these."""
LAG_SHOWN_MS = 50.0
BANNER_LINES = 4


def tone_style(tone: Tone, palette: Palette) -> Style:
    """Return the style of a tone."""
    return {Tone.CALM: palette.dim, Tone.GOOD: palette.good, Tone.WARN: palette.warn, Tone.BAD: palette.bad}[tone]


def header(session: Session, viewer: ViewerState, width: int, palette: Palette) -> Line:
    """Return who is watched, and how far the figures can be trusted: coverage and state never give way, and marks only
    to the service's name.
    """
    health = session.health()
    state = chip(session, viewer)
    target = session.target
    only_samples = target is not None and target.sample_only
    trust = sampled(target) if target and only_samples else coverage(session.totals(), bool(health.partial))
    end: Line = [("  ", palette.dim), (trust.text, tone_style(trust.tone, palette))]
    if health.lag_ms >= LAG_SHOWN_MS:
        end.append((f"  lag {health.lag_ms:.0f} ms", palette.warn))
    last: Line = [("  ", palette.dim), (state.text, tone_style(state.tone, palette)), (" ", palette.dim)]
    room = width - width_of_line(end) - width_of_line(last) - 1
    who = _who(session, room, palette)
    name = sum(width_of_line(part) for rank, part in who if not rank)
    marks = choose([(0, _marks(session.now.marks, palette))], room - name)
    start, end = choose(who, room - width_of_line(marks)), [*end, *marks, *last]
    return [(text, style + palette.bar) for text, style in spread(start, end, width, (" ", palette.dim))]


def _who(session: Session, room: int, palette: Palette) -> list[Part]:
    """Return the service and facts about it; a long name is cut rather than left out."""
    parts: list[Part] = [(4, [(" gotop", palette.title)])]
    target = session.target
    if target is None:
        return parts
    name = "  " + PurePath(target.program).name
    parts.append((0, [(left(name, min(room, width_of(name))), palette.strong)]))
    seconds = session.watched_s if target.sample_only else session.seconds
    watched = units.span(seconds) if session.ending else units.age(seconds)
    facts = [
        (1, f"pid {target.pid}"),
        (3, target.go_version.split(" ")[0]),
        (2, f"{watched} since attached" if target.attached else watched),
        (5, target.mode),
        (4, status_text.overhead(session.health())),
        (7, f"every {target.interval_ms} ms"),
        (6, " ".join(_build(target))),
    ]
    return parts + [(rank, [(f"  {fact}", palette.dim)]) for rank, fact in facts if fact]


def _marks(marks: tuple[float, ...], palette: Palette) -> Line:
    """Return how long ago the marks were set; of two, the spans that they make."""
    if not marks:
        return []
    if len(marks) == 1:
        return [(f"  ◆ mark {units.age(marks[0])}", palette.accent)]
    return [(f"  ◆ A {units.age(marks[0] - marks[1])}  B {units.age(marks[1])}", palette.accent)]


def _build(target: Target) -> list[str]:
    return [target.arch] + ["pie"] * target.pie + ["stripped"] * target.stripped


def click(style: Style, action: str) -> Style:
    """Return the style of a text that does something when it is clicked."""
    return style + Style.from_meta({"@click": action})


def tabs(
    views: Sequence[ViewSpec], current: str, keys: Mapping[str, str], note: list[Part], width: int, palette: Palette
) -> Line:
    """Return the views with their keys, the one of name `current` marked, and at the right what it says of itself
    (`note`).

    Names of other views become shorter before how one looks at this one is left out.
    """
    line: Line = []
    for level, space, kept in NAMINGS:
        line = _names(views, current, keys, level, space, palette)
        if width_of_line(line) + sum(width_of_line(part) for rank, part in note if rank <= kept) < width:
            break
    end = choose(note, width - width_of_line(line) - 1)
    gap = width - width_of_line(line) - width_of_line(end) - 1
    return [*line, (" " * gap, palette.dim), *end, (" ", palette.dim)]


def _names(
    views: Sequence[ViewSpec], current: str, keys: Mapping[str, str], level: int | None, space: str, palette: Palette
) -> Line:
    line: Line = []
    for spec in views:
        here = spec.name == current
        title = spec.title if here or level is None else "" if level < 0 else spec.titles[level]
        label = f"{keys.get(spec.name, '')} {title}".strip()
        around = " " if here else space
        style = click(palette.chip if here else palette.dim, f"app.view('{spec.name}')")
        line += [(" " if not line or not space else "", palette.dim), (f"{around}{label}{around}", style)]
    return line


def filter_part(text: str, wrong: bool, width: int, palette: Palette, beside: int = 0) -> Part:
    """Return the filter in force, as one types it. `beside`: cells for something else that has to have room, too."""
    most = max(FILTER_SHOWN, width // 4)
    if width < CRAMPED:
        most = max(FILTER_LEAST, most - beside)
    shown = left("/" + text, min(most, 1 + width_of(text)))
    return FIRST, [("  " + shown, palette.bad if wrong else palette.match)]


def order_part(order: str, palette: Palette) -> Part:
    """Return what the rows are ordered by, where no title says it."""
    return 0, [(f"  by {order}", palette.title)] if order else []


def windows(selected: Window, palette: Palette, compared: bool = False) -> list[Part]:
    """Return the windows to choose from, the one in use marked; alone where there is no room for the others.
    `compared`: one mark with another.
    """
    parts: list[Part] = []
    for window in PLAIN_WINDOWS if selected is not Window.MARK else (*PLAIN_WINDOWS, Window.MARK):
        here = window is selected
        style = click(palette.title if here else palette.dim, f"app.set_window('{window.name}')")
        title = COMPARED if compared and window is Window.MARK else WINDOW_TITLES[window]
        parts.append((1 if here else 5, [("  " + title, style)]))
    return parts


def banner(saying: StatusText, width: int, palette: Palette) -> list[Line]:
    """Write lines of their own for what must not be missed."""
    style = {Tone.WARN: palette.chip_warn, Tone.BAD: palette.chip_bad}.get(saying.tone, palette.chip)
    lines = wrap(saying.text, width - 2, max_lines=BANNER_LINES, placeholder=" …", drop_whitespace=True)
    return [[(left(f" {line}", width), style)] for line in lines]


@dataclass(frozen=True)
class FooterKey:
    """A key in the footer, what it does, and the action of a click on it. `stays`: on the narrowest screen, too."""

    key: str
    what: str
    action: str
    stays: bool = False


def footer(offers: Sequence[FooterKey], width: int, palette: Palette) -> Line:
    """Return keys that do something here; of those that do not stay anyhow, the first ones stay longest."""
    parts = []
    for index, offer in enumerate(offers):
        inks = click(palette.accent, offer.action), click(palette.dim, offer.action)
        rank = 0 if offer.stays else index + 1
        parts.append((rank, [(f" {offer.key} ", inks[0]), (f"{offer.what} ", inks[1])]))
    line = choose(parts, width)
    return [(text, style + palette.bar) for text, style in spread(line, [], width, (" ", palette.dim))]
