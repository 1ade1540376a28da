"""Asking the compiler: what goes wrong is said in one sentence, and nothing is left behind."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from gotop.explain import compiler
from gotop.explain.compiler import SourcePackage, Unexplained, explain, version_remark
from gotop.explain.escapes import Escapes, read_escapes
from gotop.explain.program import source_of_program


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    built = subprocess.run(["go", "env", "GOCACHE"], capture_output=True, text=True, check=True).stdout.strip()
    monkeypatch.setenv("GOCACHE", built)  # it would lie in the other one
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "gotop" / "escapes"


def module(tmp_path: Path, text: str) -> Path:
    directory = tmp_path / "module"
    directory.mkdir()
    (directory / "go.mod").write_text("module example.com/x\n\ngo 1.21\n")
    (directory / "main.go").write_text(text)
    return directory


PROGRAM = "package main\n\nvar kept *int\n\nfunc main() {\n\tkept = new(int)\n}\n"


def test_an_answer_is_kept_by_build(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = SourcePackage(module(tmp_path, PROGRAM), build_id="one")
    escapes = explain(package, dependencies=False)
    (said,) = escapes.at([(str(package.directory / "main.go"), 6)])
    assert said.message == "new(int) escapes to heap" and "kept = new(int)" in said.flow[-1].text
    monkeypatch.setattr(compiler, "find_go", lambda: None)
    assert len(explain(package, dependencies=False)) == len(escapes)
    with pytest.raises(Unexplained, match="no go command"):
        explain(SourcePackage(package.directory, build_id="two"), dependencies=False)
    assert [each.name for each in cache.iterdir()] == [package.key(False)], "no scratch is left"


def test_source_that_does_not_compile_is_said(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(Unexplained, match=r"does not compile here: .*undefined: nothing"):
        explain(SourcePackage(module(tmp_path, "package main\n\nfunc main() { nothing() }\n")), dependencies=False)
    assert list(cache.iterdir()) == []


def test_no_source_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unexplained, match="its source is not here"):
        explain(SourcePackage(tmp_path / "gone"))
    with pytest.raises(Unexplained, match="its binary cannot be read"):
        source_of_program(tmp_path / "gone")


def test_where_no_cache_can_be_written_it_is_asked_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = module(tmp_path, PROGRAM)
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(explain(SourcePackage(directory, build_id="one"), dependencies=False)) == 1


def test_an_interrupted_compiler_leaves_nothing(tmp_path: Path, cache: Path) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Unexplained, match="interrupted"):
        explain(SourcePackage(module(tmp_path, PROGRAM)), cancelled=cancelled)
    assert list(cache.iterdir()) == []


def test_another_compilers_reasons_say_so() -> None:
    assert version_remark(Escapes(go_version="go1.26.8"), "go1.26.8 X:nogreenteagc") == ""
    assert "go1.24.1" in version_remark(Escapes(go_version="go1.26.8"), "go1.24.1")
    assert version_remark(Escapes(), "go1.24.1") == ""


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "null\n", '{"file":"/a.go"}\n{"code":"escape","message":"x"}',
     '{"file":"/a.go"}\n{"code":"escape","message":"x","range":{"start":{"line":"a","character":1}}}',
     '{"file":"/a.go"}\n{"code":"escape","message":"x","range":{"start":{"line":1,"character":1}},'
     '"relatedInformation":[1]}'],
)  # fmt: skip
def test_what_makes_no_sense_is_left_out(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    assert len(read_escapes(tmp_path)) == 0
