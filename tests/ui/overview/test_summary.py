"""Which blocks of figures stand where, at every size of a terminal."""

from __future__ import annotations

import pytest

from gotop.model.queries import Window
from gotop.ui.colours import Palette
from gotop.ui.overview import summary
from gotop.ui.text import width_of_line
from tests.ui.looking import text_of
from tests.ui.stage import stage
from tests.ui.synthetic import Service


@pytest.mark.parametrize("height", [18, 24, 30, 50])
@pytest.mark.parametrize("width", [60, 80, 113, 114, 147, 148, 200, 300])
def test_figures_fit_and_the_table_keeps_more_than_half(palette: Palette, width: int, height: int) -> None:
    app, _, _ = stage(Service().run(10))
    lines = summary.height_for(width, height)
    assert lines < height / 2
    drawn = summary.draw(app.session, None, Window.NOW, (width, lines), palette)
    assert len(drawn) <= lines
    assert all(width_of_line(line) <= width for line in drawn)
    assert "allocs/s" in "".join(map(text_of, drawn))


@pytest.mark.parametrize(
    ("width", "graphs"), [(80, ["bytes/s"]), (120, ["bytes/s", "allocs/s"]), (300, ["bytes/s", "allocs/s"])]
)
def test_graphs_come_where_there_is_room(palette: Palette, width: int, graphs: list[str]) -> None:
    app, _, _ = stage(Service().run(10))
    drawn = summary.draw(app.session, None, Window.NOW, (width, summary.height_for(width, 50)), palette)
    text = "\n".join(map(text_of, drawn))
    for name in graphs:
        assert f"{name} ─" in text


def test_a_moment_of_the_past_has_its_own_figures(palette: Palette) -> None:
    app, _, _ = stage(Service().run(30))
    size = (160, 6)
    past = app.session.moment(app.session.now.at - 20)
    then, now = (summary.draw(app.session, moment, Window.TOTAL, size, palette) for moment in (past, None))
    assert [text_of(line) for line in then] != [text_of(line) for line in now]
