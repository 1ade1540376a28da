"""The screen itself: its lines as text, or a picture of it."""

from __future__ import annotations

from gotop.export.registry import Exporter, ScreenContent, register
from gotop.model.session import Session


def text(_: Session, screen: ScreenContent | None) -> bytes:
    """The lines without colours."""
    assert screen is not None
    return screen.text().encode()


def picture(_: Session, screen: ScreenContent | None) -> bytes:
    """An SVG image, colours and all."""
    assert screen is not None
    return screen.svg().encode()


register(Exporter("screen", "the screen as text", "txt", text, of_screen=True))
register(Exporter("picture", "the screen as an SVG picture", "svg", picture, of_screen=True))
