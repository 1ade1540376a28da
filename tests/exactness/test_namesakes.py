"""Types that print alike are rows of their own, with names that differ."""

import re

import pytest

from tests import toolchains
from tests.exactness.monitored import monitor

VERSIONS = [
    *toolchains.PINNED,
    *(pytest.param(v, marks=pytest.mark.slow) for v in toolchains.SUPPORTED if v not in toolchains.PINNED),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("variant", ["plain", "stripped-pie"])
def test_types_of_one_name_are_rows_of_their_own(version: str, variant: str) -> None:
    run = monitor(toolchains.build("namesakes", version, variant))
    counted = {
        site["type"]: site["allocs"]
        for site in run.report["sites"]
        if site["allocs"] >= 100 and site["type"] != "reflect.Value"
    }
    a, b = "services/namesakes/a/v1.", "services/namesakes/b/v1."
    local = [name for name in counted if name.startswith("main.local")]
    made = [name for name in counted if name.startswith("[7]")]
    assert counted == {
        f"{a}Event": 100,
        f"{b}Event": 200,
        f"*{a}Event": 300,
        f"*{b}Event": 400,
        f"{a}Index": 500,
        f"{b}Index": 600,
        f"[3]{a}Event": 700,
        f"[3]{b}Event": 800,
        f"v1.Box[{a}Event]": 900,
        f"v1.Box[{b}Event]": 1000,
        **dict(zip(sorted(local, key=counted.__getitem__), (1100, 1200), strict=True)),
        **dict(zip(sorted(made, key=counted.__getitem__), (1300, 1400), strict=True)),
    }
    assert all(re.fullmatch(r"main\.local#[0-9a-f]{8}", name) for name in local)
    assert all(re.fullmatch(r"\[7\]v1\.Event#[0-9a-f]{8}", name) for name in made)
