"""The user's editor."""

from __future__ import annotations

import pytest

from gotop.ui.editor import editor_command


@pytest.mark.parametrize(
    ("editor", "words"),
    [
        ("vim -u NONE", ["vim", "-u", "NONE", "+7", "a.go"]),
        ("code", ["code", "-g", "a.go:7"]),
        ("hx", ["hx", "a.go:7"]),
    ],
)
def test_every_editor_has_its_own_way_to_name_a_line(
    monkeypatch: pytest.MonkeyPatch, editor: str, words: list[str]
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)
    assert editor_command("a.go", 7) == words
