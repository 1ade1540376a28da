"""TARGET: what it is taken for, and what is said when it is no program."""

import shutil
import stat
from pathlib import Path

import pytest

from gotop.gobuild.build import build
from gotop.gobuild.target import Binary, Package, TargetError, resolve_target

pytestmark = pytest.mark.skipif(not shutil.which("go"), reason="needs go on PATH")


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
