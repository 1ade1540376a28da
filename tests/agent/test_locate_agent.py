"""Which of the agents at hand is used: the installed one, or one that is built from exactly these sources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gotop.agent import locate_agent
from gotop.agent.build_agent import STAMP, BuildError
from gotop.agent.locate_agent import agent_binary, demo_binary


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Path, list[Path]]]:
    """An installation, a checkout, and what was built."""
    installed, checkout, built = tmp_path / "bin", tmp_path / "hookagent", list[Path]()

    def build(go: Path, sources: Path, into: Path, version: str) -> None:
        into.mkdir(parents=True)
        for name in ("hookagent", "gotop-demo"):
            (into / name).touch()
        (into / STAMP).write_text(locate_agent.source_hash(sources) + "\n")
        built.append(into)

    monkeypatch.setattr(locate_agent, "INSTALLED", installed)
    monkeypatch.setattr(locate_agent, "CHECKOUT", checkout)
    monkeypatch.setattr(locate_agent, "build", build)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield installed, checkout, built


def check_out(checkout: Path, source: str) -> None:
    checkout.mkdir(exist_ok=True)
    (checkout / "go.mod").write_text("module x\n\ngo 1.21\n")
    (checkout / "main.go").write_text(source)


def test_without_a_checkout_it_is_the_installed_one(places: tuple[Path, Path, list[Path]]) -> None:
    installed, _, _ = places
    with pytest.raises(BuildError, match="installation is incomplete"):
        agent_binary()
    installed.mkdir()
    (installed / "hookagent").touch()
    assert agent_binary() == installed / "hookagent" and demo_binary() == installed / "gotop-demo"


def test_in_a_checkout_it_is_built_once_for_each_state_of_the_sources(places: tuple[Path, Path, list[Path]]) -> None:
    _, checkout, built = places
    said: list[str] = []
    check_out(checkout, "package main")
    first = agent_binary(said.append)
    assert agent_binary(said.append) == first and len(built) == len(said) == 1
    check_out(checkout, "package main // changed")
    assert agent_binary(said.append) != first and len(built) == 2
    check_out(checkout, "package main")
    assert agent_binary(said.append) == first and len(built) == 2


def test_an_installed_one_of_the_same_sources_need_not_be_built(places: tuple[Path, Path, list[Path]]) -> None:
    installed, checkout, built = places
    check_out(checkout, "package main")
    installed.mkdir()
    (installed / STAMP).write_text(locate_agent.source_hash(checkout))
    assert agent_binary() == installed / "hookagent" and built == []


def test_without_go_it_says_how_to_get_one(
    places: tuple[Path, Path, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    check_out(places[1], "package main")
    monkeypatch.setattr(locate_agent, "find_go", lambda floor: None)
    with pytest.raises(BuildError, match=r"no Go 1\.21 or newer here"):
        agent_binary()


def test_what_a_killed_build_left_is_removed(places: tuple[Path, Path, list[Path]], tmp_path: Path) -> None:
    _, checkout, _ = places
    check_out(checkout, "package main")
    name = locate_agent.source_hash(checkout)[:16]
    left = tmp_path / "cache/gotop/agent" / f".{name}.abc"
    left.mkdir(parents=True)
    agent_binary()
    assert not left.exists()
