"""Functions that call themselves: each stack says how often, and rows of other depths can be told apart."""

from __future__ import annotations

import pytest

from gotop.ui.colours import palette_of
from gotop.ui.screenshot import ScreenCapture
from gotop.ui.stacks.recursion import fold_rounds, place_outside, spans
from gotop.ui.text import Line
from gotop.ui.widgets.line_table import LineTable
from tests.ui.stage import stage
from tests.ui.synthetic import HANDLE, MALLOC, Service

BUILD, SITE = "main.build cmd/shopd/tree.go 30", "main.newNode cmd/shopd/tree.go 12"
VALUE, ARRAY = "main.(*parser).value cmd/shopd/parse.go 30", "main.(*parser).array cmd/shopd/parse.go 40"
DEPTHS = (1, 2, 3, 7, 12, 40)


class Recursive(Service):
    """A tree that is built, and a parser, to several depths."""

    def all_stacks(self) -> list[tuple[str, float, int, list[str]]]:
        build = [[SITE, *[BUILD] * depth, *HANDLE] for depth in DEPTHS]
        parse = [["main.take cmd/shopd/parse.go 9", *[VALUE, ARRAY] * depth, VALUE, *HANDLE] for depth in DEPTHS]
        return [("main.node", 90.0, 64, [MALLOC, *stack]) for stack in [*build, *parse]]


@pytest.mark.parametrize(
    ("functions", "said"),
    [
        ("abc", "a b c"),
        ("aaab", "a×3 b"),
        ("ababc", "(ab)×2 c"),
        ("xababab", "x (ab)×3"),
        ("aabaab", "(aab)×2"),
        ("abcabcab", "(abc)×2 a b"),
        ("", ""),
    ],
)
def test_what_repeats_itself_is_said_once(functions: str, said: str) -> None:
    shown = " ".join(fold_rounds(tuple(functions), lambda name: name))
    assert shown.replace(" ‹ ", "").replace(" ×", "×") == said


@pytest.mark.parametrize(
    ("stacks", "shared", "left"),
    [(["xaaam", "xaam"], 3, 1), (["xym", "xyn"], 2, 2), (["ababm", "abm"], 2, 0), (["yaam", "yaaaam"], 3, 1)],
)
def test_callers_that_all_stacks_share_are_not_left_out_of_a_round(stacks: list[str], shared: int, left: int) -> None:
    assert place_outside(frozenset().union(*(spans(tuple(stack)) for stack in stacks)), shared) == left


def words(line: Line) -> str:
    return "".join(text for text, _ in line)


@pytest.mark.parametrize("hide", [0, 2])
@pytest.mark.parametrize("width", [60, 80, 110, 120, 160, 240])
@pytest.mark.parametrize("function", ["newNode", "take"])
async def test_no_two_stacks_of_different_depth_look_alike(function: str, width: int, hide: int) -> None:
    app, _, _ = stage(Recursive().run(5))
    async with app.run_test(size=(width, 40)) as pilot:
        await pilot.press("2", "slash", *function, "enter", "enter", *["x"] * hide)
        await pilot.pause()
        table = app.screen.query_one("#stacks", LineTable)
        telling = [placed for placed in table._places() if placed.column.name in ("name", "frames")]
        rows = [table._rows.row(index) for index in range(len(table))]
        palette = palette_of(app)
        lines = ["".join(words(each.column.draw(row, each.width, palette)) for each in telling) for row in rows]
        assert len(lines) == len(set(lines)) == len(DEPTHS), lines
        assert all(len(line) == sum(each.width for each in telling) for line in lines)
        if function == "newNode":
            said = {line.partition(" ‹")[0].split("  ")[0].strip() for line in lines}
            assert {"main.build ×2", "main.build ×7", "main.build ×40"} <= said
            assert "main.build ×7 ‹" in ScreenCapture(app).text()
