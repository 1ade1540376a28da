"""Labelled figures in running lines, and lists of words."""

from __future__ import annotations

import pytest

from gotop.ui.app import MonitorApp
from gotop.ui.colours import palette_of
from gotop.ui.frame.labelled_figures import comma_list, facts, goroutine_states
from gotop.ui.text import Line, width_of_line
from tests.ui.stage import stage
from tests.ui.synthetic import Service


def test_nothing_is_cut_in_the_middle_of_a_word() -> None:
    assert comma_list(["select 12", "IO wait 3", "sleep 1"], 100) == "select 12, IO wait 3, sleep 1"
    assert comma_list(["select 12", "IO wait 3", "sleep 1"], 22) == "select 12, …"
    assert comma_list(["select 12", "IO wait 3"], 10) == "select 12"
    assert goroutine_states([("IO wait", 7)], 20) == "IO wait"


def words(line: Line) -> str:
    return "".join(text for text, _ in line)


@pytest.fixture(scope="module")
def app() -> MonitorApp:
    return stage(Service().run(5))[0]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_facts_go_on_in_the_next_line(app: MonitorApp, width: int) -> None:
    told = [("sweep termination", "51.7 µs"), ("mark termination", "241 ns"), ("", "4 → 2"), ("on", "2 Ps")]
    lines = facts(told, width, palette_of(app), "stops")
    assert all(words(line)[:10].strip() in ("stops", "") for line in lines)
    assert " ".join(words(line)[10:].strip() for line in lines).split() == " ".join(map(" ".join, told)).split()
    assert all(width_of_line(line) <= max(width, 10 + len("sweep termination 51.7 µs")) for line in lines)
    assert len(lines) == 1 or width < 80
