"""What two builds of a program differ in, and that a build does not differ from itself."""

from __future__ import annotations

import pytest

from gotop.cli.inspect_diff import FUNCTIONS, difference, difference_lines
from gotop.golang.inspect import Inspection, inspect
from tests.golang.programs import build


@pytest.fixture(scope="module")
def plain() -> Inspection:
    return inspect(str(build("symbols", "1.26")))


def test_a_build_does_not_differ_from_itself(plain: Inspection) -> None:
    changes = difference(plain, plain)
    assert not any(changes[key] for key in changes if key not in ("schema", "old", "new"))
    assert list(difference_lines(changes))[1:] == [
        "No difference in version, settings, modules, hook points or calls of the allocator."
    ]


def test_what_differs_is_there_with_both_values(plain: Inspection) -> None:
    changes = difference(plain, inspect(str(build("symbols", "1.26", "stripped"))))
    assert changes["changes"]["stripped"] == {"old": False, "new": True}
    assert changes["settings"]["-ldflags"]["old"] is None and "-s" in changes["settings"]["-ldflags"]["new"]
    lines = list(difference_lines(changes))
    assert any(line.split() == ["stripped", "False", "→", "True"] for line in lines) and "settings" in lines


def test_the_largest_changes_of_calls_come_first_and_the_rest_is_counted(plain: Inspection) -> None:
    changes = difference(plain, plain)
    changes["allocating_functions"] = {f"main.f{n}": {"old": 10, "new": 10 + n} for n in range(1, FUNCTIONS + 3)}
    *_, last_but_one, last = difference_lines(changes)
    assert last == "  … and 2 more (--json)" and last_but_one.split()[0] == "+3"
