"""The code in which sites of some functions can be, against what every PC tells."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gotop.golang.site_code import site_code
from gotop.golang.symbols import Symbolizer, printed_name
from tests.golang.programs import VERSIONS, build


@pytest.mark.parametrize("version", VERSIONS)
def test_every_pc_with_a_frame_of_a_wanted_function_is_inside(version: str) -> None:
    symbols = Symbolizer(build("symbols", version, "stripped"))
    table = symbols.binary.table
    ranges = site_code(symbols.binary, lambda name: name == "main.inlined1")
    inside, outside = 0, 0
    for index in range(table.nfunc):
        if not table.name(index).startswith("main."):
            continue
        for pc in range(table.entry(index) + 1, table.entry(index) + table.size(index)):
            covered = any(begin < pc <= begin + size for begin, size in ranges)
            if any(frame.function == "main.inlined1" for frame in symbols.frames(pc)):
                assert covered, f"{table.name(index)} {pc:#x}"
                inside += 1
            outside += not covered
    assert inside > 3
    assert outside > 1000, "the rest of the program is left out"


def test_what_nothing_matches_is_nowhere() -> None:
    symbols = Symbolizer(build("symbols", "1.26", "stripped"))
    assert site_code(symbols.binary, lambda name: name == "main.thereIsNone") == ()


def test_there_are_never_more_ranges_than_the_agent_takes_and_none_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gotop.golang.site_code.MAX_RANGES", 50)
    symbols = Symbolizer(build("symbols", "1.26", "stripped"))
    table, wanted = symbols.binary.table, lambda name: len(name) % 3 == 0
    ranges = site_code(symbols.binary, wanted)
    assert len(ranges) == 50
    assert all(begin + size < following for (begin, size), (following, _) in pairwise(ranges))
    starts = [table.entry(index) for index in range(table.nfunc) if wanted(printed_name(table.name(index)))]
    assert all(any(begin <= start < begin + size for begin, size in ranges) for start in starts)
