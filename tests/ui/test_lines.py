"""Fitting text, columns, graphs, escape sequences, sayings: pure functions."""

from __future__ import annotations

from itertools import pairwise

import pytest
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from gotop.model.queries import GroupBy
from gotop.model.session import Session
from gotop.model.status.values import Ending, Totals
from gotop.model.trees.caller_tree import CallerNode
from gotop.model.values import Frame
from gotop.ui.frame import status_text
from gotop.ui.frame.call_tree import Folding, flatten
from gotop.ui.graph import area, bar, nice_ceiling, sparkline
from gotop.ui.log.ansi import segments
from gotop.ui.monitor import ViewerState
from gotop.ui.sites.columns import columns_of
from gotop.ui.text import (
    fitted,
    function_parts,
    import_path,
    left,
    location,
    right,
    tail,
    type_name,
    width_of,
    width_of_line,
)
from gotop.ui.widgets.columns import GAP, lay_out
from tests.ui.stage import Clock
from tests.ui.synthetic import Service


@pytest.mark.parametrize("text", ["", "abc", "encoding/json.(*decodeState).object", "日本語の型名です", "é" * 9, "…"])
@pytest.mark.parametrize("width", [0, 1, 2, 5, 9, 40])
def test_cells_have_exactly_their_width(text: str, width: int) -> None:
    for fit in (left, right, tail):
        assert width_of(fit(text, width)) == width, fit


@pytest.mark.parametrize("width", [0, 1, 3, 5, 6, 9, 20])
def test_a_line_of_cells_fits_as_textual_would_cut_it(width: int) -> None:
    line = [("ab", Style(bold=True)), ("日本", Style()), ("", Style()), ("cde", Style(dim=True))]
    cut = fitted(line, width)
    whole = Strip([Segment(text, style) for text, style in line if text])
    assert width_of_line(cut) == width
    assert "".join(text for text, _ in cut) == whole.crop(0, width).text + " " * (width - 9)


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("encoding/json.(*decodeState).object", 40, ("encoding/json", ".(*decodeState).object")),
        ("encoding/json.(*decodeState).object", 30, ("json", ".(*decodeState).object")),
        ("github.com/redis/go-redis/v9.NewStringCmd", 30, ("go-redis/v9", ".NewStringCmd")),
        ("encoding/json.(*decodeState).object", 20, ("json", ".(*decodeState)…")),
        ("main.Map[github.com/a/b.K]", 40, ("main", ".Map[github.com/a/b.K]")),
        ("main", 40, ("", "main")),
    ],
)
def test_functions_lose_directories_first(name: str, width: int, shown: tuple[str, str]) -> None:
    assert function_parts(name, width) == shown


@pytest.mark.parametrize(
    ("width", "shown"),
    [(99, "github.com/a/b/v2/srv/avl"), (25, "github.com/a/b/v2/srv/avl"), (24, "…/a/b/v2/srv/avl"), (9, "…/srv/avl"),
     (8, "…/avl"), (4, "…avl"), (2, "…l"), (0, "")],
)  # fmt: skip
def test_import_paths_keep_their_end(width: int, shown: str) -> None:
    assert import_path("github.com/a/b/v2/srv/avl", width) == shown


def test_types_and_places_are_shortened_from_the_outside() -> None:
    assert type_name("map[string]*github.com/redis/go-redis/v9.Cmd", 24) == "map[string]*v9.Cmd"
    assert type_name("", 24) == "–"
    assert location("/usr/local/go/src/encoding/json/decode.go", 661, 40) == "encoding/json/decode.go:661"
    assert location("/usr/local/go/src/encoding/json/decode.go", 661, 18) == "json/decode.go:661"
    assert location("/usr/local/go/src/encoding/json/decode.go", 661, 17) == "decode.go:661"
    assert location("", 0, 17) == "–"


@pytest.mark.parametrize("width", range(58, 301))
def test_columns_fill_every_width_and_never_overlap(width: int) -> None:
    placed = lay_out(columns_of(GroupBy.SITE, comparing=False), width)
    names = [each.column.name for each in placed]
    assert {"function", "bytes_per_s", "allocs_per_s", "share"} <= set(names)
    assert ("location" in names) or width < 76
    for before, after in pairwise(placed):
        assert after.start == before.start + before.width + GAP
    assert placed[-1].start + placed[-1].width == width
    assert all(each.width >= each.column.least for each in placed)


def test_graphs() -> None:
    assert sparkline([0, 0], 4) == "  ▁▁"
    assert sparkline([1, 4, 8], 3) == "▁▄█"
    assert area([0, 0.001, 8, 16], 4, 2, 16) == ["   █", " ▁██"]
    assert bar(0.5, 4) == "━━  " and bar(0.6, 4) == "━━╸ " and bar(7, 2) == "━━"
    assert [nice_ceiling(value) for value in (0, 0.4, 7, 901, 1_234_567)] == [1, 1, 8, 1000, 2_000_000]


def test_escape_sequences_become_colours_or_vanish() -> None:
    made = list(segments("\x1b[31;1merr\x1b[0m plain\x1b]0;title\x07 \x1b[38;5;200mx\x1b[48;2;1;2;3my\x1b[2K\x1b[?25l"))
    assert "".join(segment.text for segment in made) == "err plain xy"
    assert made[0].style is not None and made[0].style.bold and made[0].style.color == Color.from_ansi(1)
    assert made[-1].style is not None and made[-1].style.bgcolor == Color.from_rgb(1, 2, 3)


@pytest.mark.parametrize(
    "text", ["\x1b[", "\x1b[38m", "\x1b[38;5m", "\x1b[38;2;1m", "\x1b", "\x1b[999m", "\x1b]", "\x1b[;;m"]
)
def test_broken_sequences_do_no_harm(text: str) -> None:
    assert "\x1b" not in "".join(segment.text for segment in segments(f"a{text}b"))


def test_coverage_is_never_rounded_up() -> None:
    def said(share: float | None, unattributed: int = 0) -> status_text.StatusText:
        return status_text.coverage(Totals(1, 1, 0, 1, 1, share, unattributed, 0), False)

    assert said(1.0) == status_text.StatusText("coverage 100.0 %", status_text.Tone.GOOD)
    assert said(0.99999) == status_text.StatusText("coverage 99.9 %", status_text.Tone.WARN)
    assert said(0.5).tone is status_text.Tone.BAD
    assert said(1.0, 3).tone is status_text.Tone.WARN
    assert said(None).text == "coverage –"


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (Ending(61, 0, None, False, False, False), "exited with code 0 after 1m01s"),
        (Ending(61, 3, None, False, False, False), "exited with code 3"),
        (Ending(61, None, 9, False, True, False), "ended by SIGKILL as asked"),
        (Ending(61, None, 11, True, False, False), "SIGSEGV after 1m01s, core dumped"),
        (Ending(61, None, None, False, False, True), "runs on, unhooked"),
    ],
)
def test_endings(ending: Ending, words: str) -> None:
    assert words in status_text.ended(ending).text


def test_states_follow_the_clock() -> None:
    clock = Clock()
    session = Session(clock)
    viewer = ViewerState()
    assert status_text.chip(session, viewer).text == "◌ connecting"
    for message in Service().run(3):
        session.apply(message)
    assert status_text.chip(session, viewer).text == "● live" and status_text.banner(session, viewer) is None
    clock.now += 3.25
    assert status_text.chip(session, viewer).text == "◌ stale 3.2 s"
    clock.now += 60
    banner = status_text.banner(session, viewer)
    assert banner is not None and "1m03s" in banner.text


def test_tree_opens_the_most_travelled_way() -> None:
    def node(name: str, share: float, *children: CallerNode) -> CallerNode:
        return CallerNode(Frame(name, "f.go", 1, False), 1, 1, share, children)

    root = node("site", 1.0, node("a", 0.9, node("b", 0.9)), node("c", 0.1, node("d", 0.1)))
    folding = Folding()
    assert [(line.node.frame.function, line.depth) for line in flatten(root, folding)] == [
        ("site", 0), ("a", 1), ("b", 1), ("c", 1),
    ]  # fmt: skip
    folding.set((root.frame, root.children[1].frame), True)
    folding.set((root.frame, root.children[0].frame), False)
    assert [line.node.frame.function for line in flatten(root, folding)] == ["site", "a", "c", "d"]
    assert flatten(None, folding) == []
