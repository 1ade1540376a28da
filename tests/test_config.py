"""The configuration file: what holds, what is said of the rest, and a theme written without touching anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotop.config import Config, keep_theme, load, parse, path, with_theme

IDS = {"figures.pause", "sites.sort_next", "gotop.quit"}


def test_keys_with_and_without_quotes_and_a_theme() -> None:
    text = 'theme = "nord"\n[keys]\n"figures.pause" = "p"\ngotop.quit = "ctrl+x"\n'
    assert parse(text, "c", IDS) == Config("nord", {"figures.pause": "p", "gotop.quit": "ctrl+x"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('theme = "nord"\nthme = 1', "c, line 2: gotop knows no “thme”."),
        (
            '[keys]\n"figures.pause" = "p"\n"figures.paus" = "p"',
            "c, line 3: there is no key with the id “figures.paus”.",
        ),
        ("[keys]\n\nfigures.pause = 3", 'c, line 3: the key for “figures.pause” is a text such as "ctrl+p".'),
        ("theme = 3", "c, line 1: theme is a name in quotes."),
        ("keys = 3", "c, line 1: keys is a table, [keys]."),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    assert parse(text, "c", IDS).problems == (said,)


def test_what_is_no_toml_is_said_with_its_line() -> None:
    (said,) = parse('theme = "nord"\n[keys\n', "c", IDS).problems
    assert said.startswith("c is not TOML") and "line 2" in said


def test_no_file_and_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert load(tmp_path / "none", IDS) == Config()
    assert load(tmp_path, IDS).problems == (f"{tmp_path} cannot be read: Is a directory.",)
    (tmp_path / "latin").write_bytes(b"\xff")
    assert "not UTF-8" in load(tmp_path / "latin", IDS).problems[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'theme = "x"\n'),
        ('# mine\ntheme = "nord" # blue\n[keys]\na = "b"\n', '# mine\ntheme = "x"\n[keys]\na = "b"\n'),
        ('[keys]\ntheme = "t"\n', 'theme = "x"\n\n[keys]\ntheme = "t"\n'),
    ],
)
def test_another_theme_changes_its_line_and_no_other(before: str, after: str) -> None:
    assert with_theme(before, "x") == after


def test_a_theme_is_kept_and_a_file_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    file = tmp_path / "gotop" / "config.toml"
    assert keep_theme(file, "nord") == ""
    assert load(file, IDS).theme == "nord"
    (tmp_path / "blocked").write_text("")
    assert keep_theme(tmp_path / "blocked" / "config.toml", "nord").startswith("The theme is not kept: ")
    file.write_text("[keys\n")
    assert keep_theme(file, "dracula").startswith("The theme is not kept: ")
    assert file.read_text() == "[keys\n"


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert path() == tmp_path / "gotop" / "config.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert path() == Path.home() / ".config" / "gotop" / "config.toml"


def test_units_are_one_of_two() -> None:
    assert parse('units = "pprof"', "c", ()).units == "pprof"
    wrong = parse('theme = "nord"\nunits = "mebi"', "c", ())
    assert wrong.units == "" and "line 2" in wrong.problems[0] and "si, pprof" in wrong.problems[0]


def test_memory_is_an_amount_in_quotes() -> None:
    assert parse('memory = "1.5G"', "c", ()).memory == "1.5G"
    for text in ("memory = 300", 'memory = "much"'):
        found = parse(text, "c", ())
        assert found.memory == "" and found.problems == ('c, line 1: memory is an amount in quotes such as "300M".',)
