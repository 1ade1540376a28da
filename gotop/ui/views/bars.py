"""The lines around the views: header, tabs, banner, footer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from textwrap import wrap

from rich.style import Style

from gotop import units
from gotop.model.session import Session
from gotop.model.values import Target, Window
from gotop.ui import states
from gotop.ui.colours import Palette
from gotop.ui.states import Saying, Tone, Viewer, chip, coverage, sampled
from gotop.ui.text import Line, Part, choose, left, spread, width_of_line
from gotop.ui.views.blocks import PLAIN_WINDOWS, WINDOW_TITLES

VIEWS = (
    ("overview", "Overview"),
    ("sites", "Sites"),
    ("flame", "Flame"),
    ("goroutines", "Goroutines"),
    ("gc", "GC"),
    ("log", "Log"),
    ("sizes", "Sizes"),
)
SHORT = {"goroutines": "Go"}
NEEDED = 1
"""Parts of a note up to this rank stay, whatever the names of views have room for."""
LAG_SHOWN_MS = 50.0
MARKS_SHOWN_FROM = 80
BANNER_LINES = 4


def tone_style(tone: Tone, palette: Palette) -> Style:
    """Ink for a tone."""
    return {Tone.CALM: palette.dim, Tone.GOOD: palette.good, Tone.WARN: palette.warn, Tone.BAD: palette.bad}[tone]


def header(session: Session, viewer: Viewer, width: int, palette: Palette) -> Line:
    """Who is watched, and how far the figures can be trusted: coverage and state never give way."""
    health = session.health()
    state = chip(session, viewer)
    target = session.target
    only_samples = target is not None and target.sample_only
    trust = sampled(target) if target and only_samples else coverage(session.totals(), bool(health.partial))
    end: Line = [("  ", palette.dim), (trust.text, tone_style(trust.tone, palette))]
    if health.lag_ms >= LAG_SHOWN_MS:
        end.append((f"  lag {health.lag_ms:.0f} ms", palette.warn))
    if width >= MARKS_SHOWN_FROM:
        end += _marks(session.now.marks, palette)
    end += [("  ", palette.dim), (state.text, tone_style(state.tone, palette)), (" ", palette.dim)]
    start = choose(_who(session, palette), width - width_of_line(end) - 1)
    return [(text, style + palette.bar) for text, style in spread(start, end, width, (" ", palette.dim))]


def _who(session: Session, palette: Palette) -> list[Part]:
    parts: list[Part] = [(4, [(" gotop", palette.title)])]
    target = session.target
    if target is None:
        return parts
    parts.append((0, [("  " + PurePath(target.exe).name, palette.strong)]))
    watched = units.age(session.watched_s if target.sample_only else session.seconds)
    facts = [
        (1, f"pid {target.pid}"),
        (3, target.go_version.split(" ")[0]),
        (2, f"{watched} since attached" if target.attached else watched),
        (5, target.mode),
        (4, states.overhead(session.health())),
        (7, f"every {target.interval_ms} ms"),
        (6, " ".join(_build(target))),
    ]
    return parts + [(rank, [(f"  {fact}", palette.dim)]) for rank, fact in facts if fact]


def _marks(marks: tuple[float, ...], palette: Palette) -> Line:
    """How long ago the marks were set; of two, the spans that they make."""
    if not marks:
        return []
    if len(marks) == 1:
        return [(f"  ◆ mark {units.age(marks[0])}", palette.accent)]
    return [(f"  ◆ A {units.age(marks[0] - marks[1])}  B {units.age(marks[1])}", palette.accent)]


def _build(target: Target) -> list[str]:
    return [target.arch] + ["pie"] * target.pie + ["stripped"] * target.stripped


def _click(style: Style, action: str) -> Style:
    return style + Style.from_meta({"@click": action})


def tabs(current: str, keys: dict[str, str], note: list[Part], width: int, palette: Palette) -> Line:
    """The views with their keys, and at the right what the view has to say of itself.

    Names of other views give way to what must be said: how one looks at this one.
    """
    needed = width_of_line([cell for rank, line in note if rank <= NEEDED for cell in line]) + 2
    for shorten in (
        (lambda title, name: title),
        (lambda title, name: SHORT.get(name, title)),
        (lambda title, name: ""),
    ):
        line: Line = [(" ", palette.dim)]
        for name, title in VIEWS:
            here = name == current
            label = f" {keys.get(name, '')} {title if here else shorten(title, name)}".rstrip() + " "
            style = _click(palette.chip if here else palette.dim, f"app.view('{name}')")
            line.append((label, style))
        if width_of_line(line) + needed <= width:
            break
    end = choose(note, width - width_of_line(line) - 2)
    return spread(line, [*end, (" ", palette.dim)], width, (" ", palette.dim))


def windows(selected: Window, palette: Palette) -> list[Part]:
    """The windows to choose from, the one in use marked; alone where there is no room for the others."""
    parts: list[Part] = []
    for window in PLAIN_WINDOWS if selected is not Window.MARK else (*PLAIN_WINDOWS, Window.MARK):
        here = window is selected
        click = _click(palette.title if here else palette.dim, f"app.set_window('{window.name}')")
        parts.append((1 if here else 5, [("  " + WINDOW_TITLES[window], click)]))
    return parts


def banner(saying: Saying, width: int, palette: Palette) -> list[Line]:
    """Lines of their own for what must not be missed."""
    style = {Tone.WARN: palette.chip_warn, Tone.BAD: palette.chip_bad}.get(saying.tone, palette.chip)
    lines = wrap(saying.text, width - 2, max_lines=BANNER_LINES, placeholder=" …", drop_whitespace=True)
    return [[(left(f" {line}", width), style)] for line in lines]


def footer(keys: Sequence[tuple[str, str, str]], width: int, palette: Palette) -> Line:
    """Keys that do something here, as (key, what, action); the first ones stay longest, the last two always."""
    parts = []
    for index, (key, what, action) in enumerate(keys):
        rank = 0 if index >= len(keys) - 2 else index + 1
        click = Style.from_meta({"@click": action})
        parts.append((rank, [(f" {key} ", palette.accent + click), (f"{what} ", palette.dim + click)]))
    line = choose(parts, width)
    return [(text, style + palette.bar) for text, style in spread(line, [], width, (" ", palette.dim))]
