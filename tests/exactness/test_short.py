"""Services that end at once, or badly, are reported whole."""

from pathlib import Path

import pytest

from tests import toolchains
from tests.exactness.matrix import Case
from tests.exactness.monitored import monitor


@pytest.mark.parametrize("version", toolchains.PINNED)
def test_a_service_of_a_few_milliseconds_is_reported_whole(version: str, tmp_path: Path) -> None:
    for _ in range(5):
        result = Case(version, "plain", "short", ("-n", "1000")).run(tmp_path)
        assert not result.faults(), "\n".join(result.faults())
        items = [site for site in result.run.report["sites"] if site["type"] == "main.item"]
        assert [(site["function"], site["allocs"], site["bytes"]) for site in items] == [("main.main", 1000, 24000)]


def test_the_exit_code_is_the_services(tmp_path: Path) -> None:
    binary = toolchains.build("short", "1.26")
    for code in (0, 1, 42, 255):
        assert monitor(binary, "-code", str(code)).code == code


DEATHS = ["nil", "panic", "deadlock", "fault", "segv", "abort", "kill", "overflow", "concurrent-map"]


@pytest.mark.parametrize("how", DEATHS)
def test_everything_before_a_crash_is_there(how: str) -> None:
    """Whatever kills the service, its tables live on in the agent."""
    run = monitor(toolchains.build("crash", "1.26"), "-n", "10000", "-how", how)
    assert run.code != 0
    (victims,) = [site for site in run.report["sites"] if site["type"] == "main.victim"]
    assert (victims["function"], victims["allocs"], victims["bytes"]) == ("main.allocate", 10000, 240000)
    (room,) = [site for site in run.report["sites"] if site["type"] == "*main.victim"]
    assert (room["allocs"], room["bytes"]) == (1, 80000)


def test_no_line_of_output_is_lost() -> None:
    """With `--json` both outputs of the service go to gotop's stderr, lines in order and whole."""
    run = monitor(toolchains.build("chatty", "1.26"), "-lines", "30000", "-width", "100", "-whole")
    assert run.code == 0
    lines = run.stderr.splitlines()
    for name in ("out", "err"):
        mine = [line.split() for line in lines if line.startswith(f"{name} ")]
        assert [words[1] for words in mine] == [*map(str, range(30000)), "end"]
        assert {words[2] for words in mine[:-1]} == {name[0] * 100}
