"""Profiles that have the allocator inlined: what is hooked in its stead, and what is said."""

from __future__ import annotations

import pytest

from gotop.golang import pgo
from gotop.golang.plan import make_plan
from tests.golang.programs import TESTDATA, build

#: Of 40 million `new(T)`, and of as many `append`: with them the compiler inlines mallocgc in any program.
GUIDED = {"1.24": ("allocations-go1.24.pprof", "newobject"), "1.27": ("appends-go1.27.pprof", "growslice")}


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["plain", "stripped"])
@pytest.mark.parametrize("version", GUIDED)
def test_an_allocator_inlined_by_a_profile_is_hooked_in_its_parts_or_that_is_said(
    version: str, variant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile, host = GUIDED[version]
    binary = build("hello", version, variant, f"-pgo={TESTDATA / 'profiles' / profile}")
    plan = make_plan(binary)
    hooked = {h.name for h in plan.hooks if h.kind == "alloc_special"}
    # Go 1.27 has an allocator of its own for tiny objects, in the place of one of the parts.
    assert set(pgo._PARTS) - hooked == ({"runtime.mallocgcTiny"} if "runtime.mallocgcTinySC2" in hooked else set())
    assert plan.partial == ()
    monkeypatch.setattr(pgo, "_PARTS", (*pgo._PARTS, "runtime.mallocgcUnheardOf"))
    plan = make_plan(binary)
    assert "runtime.mallocgcLarge" not in {h.name for h in plan.hooks}
    [sentence] = plan.partial
    assert f"inlined runtime.mallocgc into runtime.{host}: allocations made there are not counted" in sentence
