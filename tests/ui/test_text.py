"""Fitting text into cells."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

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
