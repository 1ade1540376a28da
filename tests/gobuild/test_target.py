"""TARGET: what it is taken for, how it is built, what is said when it cannot be."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from gotop.gobuild.build import BuildFailed, GoMissing, build
from gotop.gobuild.target import Binary, Package, TargetError, resolve_target

pytestmark = pytest.mark.skipif(not shutil.which("go"), reason="needs go on PATH")


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


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("./lib", "no package main"),
        ("./...", "holds 3 programs"),
        ("./nowhere", "no such file"),
        ("nowhere.go", "no such file"),
        ("nowhere", "no file, directory, command or Go package"),
        ("/dev/null", "neither a program nor a directory"),
    ],
)
def test_what_is_no_program(module: Path, target: str, said: str) -> None:
    with pytest.raises(TargetError, match=said):
        what = resolve_target(target)
        assert isinstance(what, Package)
        build(what)


def test_a_binary_is_taken_as_it_is(module: Path) -> None:
    program = module / "svc"
    program.write_bytes(b"\x7fELF")
    program.chmod(0o755)
    assert resolve_target("svc") == Binary("./svc")
    assert resolve_target("./svc") == Binary("./svc")
    assert resolve_target(str(program)) == Binary(str(program))


def test_a_command_on_path(module: Path) -> None:
    assert resolve_target("cat") == Binary(shutil.which("cat") or "")


def test_a_binary_that_is_not_executable(module: Path) -> None:
    program = module / "svc"
    program.write_bytes(b"\x7fELF")
    program.chmod(stat.S_IRUSR)
    with pytest.raises(TargetError, match=r"chmod \+x svc"):
        resolve_target("svc")


def test_without_go(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gotop.gobuild.build.find_go", lambda: None)
    with pytest.raises(GoMissing, match="Install Go"):
        built_name("./cmd/good")
