"""A screen as a PNG, drawn cell by cell: sharp, small, and the same on every machine that has the font."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

CELL, LINE, SIZE, BORDER = 12, 26, 20, 16
OWN = "/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-{}.ttf"
COMMON = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono{}.ttf"
EIGHTHS = "▁▂▃▄▅▆▇█"
ONLY_COMMON = "⏎↵↳▸▾‖⌫"

RGB = tuple[int, int, int]


@lru_cache
def font(bold: bool, common: bool) -> ImageFont.FreeTypeFont:
    """JetBrains Mono; for what it has not, and where it is not, what nearly every Linux has."""
    own = OWN.format("Bold" if bold else "Regular")
    other = COMMON.format("-Bold" if bold else "")
    return ImageFont.truetype(other if common or not Path(own).exists() else own, SIZE)


def save(strips: Sequence[Strip], width: int, ground: str, path: Path) -> None:
    """Draw the lines of a screen on a ground and write them."""
    size = (width * CELL + 2 * BORDER, len(strips) * LINE + 2 * BORDER)
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    back = _triple(Color.parse(ground), (0, 0, 0))
    for row, strip in enumerate(strips):
        column = 0
        for segment in strip:
            column = _segment(draw, segment, column, BORDER + row * LINE, back)
    image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(path, optimize=True)


def _segment(draw: ImageDraw.ImageDraw, segment: Segment, column: int, y: int, back: RGB) -> int:
    style = segment.style or Style()
    ink, ground = _triple(style.color, (211, 215, 222)), _triple(style.bgcolor, back)
    if style.reverse:
        ink, ground = ground, ink
    if style.dim:
        ink = _mean(ink, ground)
    for character in segment.text:
        x = BORDER + column * CELL
        if ground != back:
            draw.rectangle((x, y, x + CELL - 1, y + LINE - 1), ground)
        _character(draw, character, x, y, ink, bool(style.bold))
        if style.underline:
            draw.line((x, y + LINE - 4, x + CELL, y + LINE - 4), ink, 2)
        column += 1
    return column


def _character(draw: ImageDraw.ImageDraw, character: str, x: int, y: int, ink: RGB, bold: bool) -> None:
    """Blocks are drawn as blocks: no font lets them meet."""
    if character in EIGHTHS:
        height = (EIGHTHS.index(character) + 1) * LINE // 8
        draw.rectangle((x, y + LINE - height, x + CELL - 1, y + LINE - 1), ink)
    elif character in "▏▎▌▐":
        left, right = {"▏": (0, 2), "▎": (0, 4), "▌": (0, CELL // 2), "▐": (CELL // 2, CELL)}[character]
        draw.rectangle((x + left, y, x + right - 1, y + LINE - 1), ink)
    elif character in "─━╸":
        end = CELL // 2 if character == "╸" else CELL
        thick = 2 if character == "─" else 5
        draw.rectangle((x, y + LINE // 2 - thick // 2, x + end - 1, y + LINE // 2 + thick // 2), ink)
    elif character != " ":
        draw.text((x, y + LINE - 7), character, ink, font(bold, character in ONLY_COMMON), anchor="ls")


def _triple(color: Color | None, default: RGB) -> RGB:
    if color is None or color.is_default:
        return default
    found: ColorTriplet = color.get_truecolor()
    return (found.red, found.green, found.blue)


def _mean(one: RGB, other: RGB) -> RGB:
    return ((one[0] + other[0]) // 2, (one[1] + other[1]) // 2, (one[2] + other[2]) // 2)
