"""The screen itself: its lines as text, or a picture of it."""

from __future__ import annotations

from gotop.export.registry import Exporter, ScreenContent, register


def text(screen: ScreenContent) -> bytes:
    """Return the lines without colours."""
    return screen.text().encode()


def picture(screen: ScreenContent) -> bytes:
    """Return an SVG image, colours and all."""
    return screen.svg().encode()


register(Exporter("screen", "the screen as text", "txt", of_screen=text))
register(Exporter("picture", "the screen as an SVG picture", "svg", of_screen=picture))
