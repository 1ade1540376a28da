"""What holds for all tests of the screen."""

from __future__ import annotations

import pytest

from gotop.source import Source
from gotop.ui.colours import Palette, palette_of
from gotop.ui.frame import source_pane
from tests.ui.stage import stage


@pytest.fixture(autouse=True)
def no_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """The screens look the same whatever is installed where the tests run."""
    away = "is not on this machine."
    monkeypatch.setattr(source_pane, "source_of", lambda file, _: Source(None, problem=f"{file} {away}"))


@pytest.fixture
def palette() -> Palette:
    """The styles of an app."""
    return palette_of(stage()[0])
