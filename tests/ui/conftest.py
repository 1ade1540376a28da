"""What holds for all tests of the screen."""

from __future__ import annotations

import pytest

from gotop.source import Source
from gotop.ui.frame import source_pane


@pytest.fixture(autouse=True)
def no_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """The screens look the same whatever is installed where the tests run."""
    away = "is not on this machine."
    monkeypatch.setattr(source_pane, "source_of", lambda file, _: Source(None, problem=f"{file} {away}"))
