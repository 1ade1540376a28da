"""How a program is built: with the user's own Go, progress told, the compiler's words and nothing else."""

import os
import shutil
from pathlib import Path

import pytest

from gotop.gobuild.build import BuildFailed, GoMissing, build
from gotop.gobuild.target import Package, resolve_target

pytestmark = pytest.mark.skipif(not shutil.which("go"), reason="needs go on PATH")


def built_name(*target: str) -> str:
    what = resolve_target(target[0], target[1:])
    assert isinstance(what, Package)
    built = build(what)
    try:
        assert os.access(built.exe, os.X_OK)
        return built.exe.name
    finally:
        built.remove()
        assert not built.directory.path.exists()


@pytest.mark.parametrize(
    "target", ["./cmd/good", "cmd/good", "example.com/shop/cmd/good", "./cmd/good/...", "./cmd/../cmd/good/"]
)
def test_packages_are_built(module: Path, target: str) -> None:
    assert built_name(target) == "good"


def test_several_go_files_are_one_program(module: Path) -> None:
    assert built_name("cmd/good/main.go", "cmd/good/helper.go") == "main"


def test_a_pattern_with_one_program_in_it(module: Path) -> None:
    assert built_name("./only/...") == "one"


def test_a_package_of_another_module_is_built_there(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert built_name(str(module / "cmd/good")) == "good"
    assert built_name(str(module / "only/one/main.go")) == "main"


def test_the_compilers_words_and_nothing_else(module: Path) -> None:
    what = resolve_target("./cmd/bad")
    assert isinstance(what, Package)
    with pytest.raises(BuildFailed) as failure:
        build(what)
    lines = failure.value.output.splitlines()
    assert lines[0] == "# example.com/shop/cmd/bad"
    assert lines[1].startswith("cmd/bad/main.go:3:15: declared and not used")


def test_progress_counts_packages(module: Path) -> None:
    (module / "cmd/good/main.go").write_text(f"package main\n\n// {os.urandom(8).hex()}\nfunc main() {{ helper() }}\n")
    heard: list[tuple[int, str]] = []
    what = resolve_target("./cmd/good")
    assert isinstance(what, Package)
    build(what, lambda count, name: heard.append((count, name))).remove()
    assert heard[-1] == (len(heard), "example.com/shop/cmd/good")


def test_without_go(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gotop.gobuild.build.find_go", lambda: None)
    with pytest.raises(GoMissing, match="Install Go"):
        built_name("./cmd/good")
