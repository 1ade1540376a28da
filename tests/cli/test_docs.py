"""`gotop docs`, and that gotop says where its documentation is."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gotop.cli import docs
from gotop.cli.commands import cli

PAGES = {page.stem for page in (Path(__file__).parents[2] / "docs").glob("*.md")}


def test_the_pages_are_listed_with_the_guide_first() -> None:
    listed = CliRunner().invoke(cli, ["docs"]).output.splitlines()
    assert listed[0].split()[:3] == ["gotop", "docs", "guide"]
    assert {line.split()[2] for line in listed[:-1]} == PAGES
    assert str(docs.find_pages()["guide"].parent) in listed[-1]


@pytest.mark.parametrize("name", ["filters", "filters.md"])
def test_a_page_is_printed_as_it_is(name: str) -> None:
    assert CliRunner().invoke(cli, ["docs", name]).output == docs.find_pages()["filters"].read_text()


def test_a_page_there_is_not_is_refused_with_those_there_are() -> None:
    done = CliRunner().invoke(cli, ["docs", "index"])
    assert done.exit_code == 2
    assert all(page in done.output for page in PAGES)


def test_an_installation_without_its_pages_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(docs, "PLACES", (tmp_path / "none",))
    done = CliRunner().invoke(cli, ["docs"])
    assert isinstance(done.exception, docs.Refusal)


@pytest.mark.parametrize("words", [["--help"], [], ["--version"]])
def test_gotop_says_where_its_documentation_is(words: list[str]) -> None:
    assert "gotop docs" in CliRunner().invoke(cli, words).output
