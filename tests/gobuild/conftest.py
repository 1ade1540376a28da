"""A module of Go's to build programs of."""

from pathlib import Path

import pytest


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module with two programs, one of them broken, and a library."""
    files = {
        "go.mod": "module example.com/shop\n\ngo 1.21\n",
        "cmd/good/main.go": "package main\n\nfunc main() { helper() }\n",
        "cmd/good/helper.go": "package main\n\nfunc helper() {}\n",
        "cmd/bad/main.go": "package main\n\nfunc main() { x := 1 }\n",
        "lib/lib.go": "package lib\n",
        "only/one/main.go": "package main\n\nfunc main() {}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path
