"""What values about goroutines say of themselves: identity, state, largest stack."""

from __future__ import annotations

from dataclasses import replace

from gotop.model.runtime.goroutine_values import (
    NO_STACK_TOTALS,
    GoroutineSite,
    NewStackSite,
    StackGrowthSite,
    StackOwner,
    StackResize,
)  # fmt: skip
from gotop.model.values import SiteKey

SITE = GoroutineSite("main.a", "a.go", 7, "main.worker", 5, 1.0, 3, 4096, (("chan receive", 2), ("running", 1)), False)


def test_a_statement_is_told_apart_by_what_it_starts() -> None:
    assert SITE.key == SiteKey("main.a", "a.go", 7, "main.worker")
    assert replace(SITE, starts="main.other").key != SITE.key


def test_the_state_of_a_row_is_the_most_frequent_one() -> None:
    assert SITE.state == "chan receive"
    assert replace(SITE, states=(), live=None).state == ""


def test_sites_of_stacks_have_no_type() -> None:
    sizes = (StackResize(2048, 4096, 9, 0.5), StackResize(8192, 32768, 1, 0.1), StackResize(32768, 16384, 1, 0.1))
    growth = StackGrowthSite("main.deep", "a.go", 9, 10, 1, 1.0, 0.1, 26_000, sizes)
    assert (growth.key, growth.largest) == (SiteKey("main.deep", "a.go", 9, ""), 32768)
    assert replace(growth, sizes=()).largest == 0
    new = NewStackSite("main.a", "a.go", 7, StackOwner.GOROUTINE, 2, 0.5, 8192, 4096.0)
    assert new.key == SiteKey("main.a", "a.go", 7, "")


def test_without_hooks_no_stack_was_counted() -> None:
    assert (NO_STACK_TOTALS.created, NO_STACK_TOTALS.growths, NO_STACK_TOTALS.first) == (None, None, None)
