"""Which words are gotop's and which the service's; durations."""

import pytest

from gotop.cli.parameters import parse_duration, split_words

OPTIONS = {"--for": True, "--json": False, "--depth": True, "-h": False}


@pytest.mark.parametrize(
    ("words", "own", "target", "rest"),
    [
        ("svc", [], ["svc"], []),
        ("--json svc", ["--json"], ["svc"], []),
        ("--for 10s svc a b", ["--for", "10s"], ["svc"], ["a", "b"]),
        ("svc --for 10s --json", ["--for", "10s", "--json"], ["svc"], []),
        ("svc --for=10s serve --json", ["--for=10s"], ["svc"], ["serve", "--json"]),
        ("svc -- --json", [], ["svc"], ["--json"]),
        ("svc --json -- --json", ["--json"], ["svc"], ["--json"]),
        ("--json -- svc a", ["--json"], ["svc"], ["a"]),
        ("svc -addr :80 --json", [], ["svc"], ["-addr", ":80", "--json"]),
        ("svc a -- b", [], ["svc"], ["a", "--", "b"]),
        ("--unknown svc", ["--unknown"], ["svc"], []),
        ("main.go util.go --json x.go", ["--json"], ["main.go", "util.go"], ["x.go"]),
        ("main.go -- x.go", [], ["main.go"], ["x.go"]),
        ("svc --help", [], ["svc"], ["--help"]),
        ("svc --json -h", ["--json"], ["svc"], ["-h"]),
        ("-h svc", ["-h"], ["svc"], []),
        ("", [], [], []),
    ],
)
def test_words_go_to_whom_they_belong(words: str, own: list[str], target: list[str], rest: list[str]) -> None:
    assert split_words(words.split(), OPTIONS) == (own, target, rest)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10s", 10), ("1m", 60), ("1m30s", 90), ("500ms", 0.5), ("1.5h", 5400), ("7", 7), ("0.5", 0.5)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "10x", "-1s", "1s2", "1 s", "ten"])
def test_what_is_no_duration(text: str) -> None:
    assert parse_duration(text) is None
