"""Which frames are one's own code."""

from __future__ import annotations

import pytest

from gotop.model.symbols.own_code import OwnCode
from gotop.model.values import Frame

CACHE = "/root/go/pkg/mod/example.com"


def frame(function: str, file: str) -> Frame:
    return Frame(function, file, 1, False)


@pytest.mark.parametrize(
    ("function", "file", "own"),
    [
        ("main.main", "/src/shop/main.go", True),
        ("example.com/shop/cart.(*Cart).Add", "/src/shop/cart/cart.go", True),
        ("example.com/dep.F", f"{CACHE}/dep@v1.2.0/f.go", False),
        ("example.com/vendored.F", "/src/shop/vendor/example.com/vendored/f.go", False),
        ("encoding/json.Marshal", "/usr/local/go/src/encoding/json/encode.go", False),
        ("runtime.gcStart", "/usr/local/go/src/runtime/mgc.go", False),
        ("0x4711", "", False),
    ],
)
def test_the_main_module_is_ones_own(function: str, file: str, own: bool) -> None:
    assert OwnCode().has(frame(function, file)) is own


def test_a_main_module_in_the_module_cache_is_known_by_its_package_main() -> None:
    code, before = OwnCode(), frame("example.com/tool/cmd.Run", f"{CACHE}/tool@v2.0.0/cmd/run.go")
    edition = code.edition
    assert not code.has(before)
    code.learn_main_module([frame("main.main", f"{CACHE}/tool@v2.0.0/main.go")])
    assert code.has(before) and code.edition is not edition
    assert not code.has(frame("example.com/dep.F", f"{CACHE}/dep@v1.2.0/f.go"))


@pytest.mark.parametrize(
    ("pattern", "own"),
    [
        ("example.com/dep", ["example.com/dep.F"]),
        ("example.com/dep/...", ["example.com/dep.F", "example.com/dep/sub.(*T).M"]),
        ("example.com/...", ["example.com/dep.F", "example.com/dep/sub.(*T).M", "example.com/depot.G"]),
        ("...sub", ["example.com/dep/sub.(*T).M"]),
        ("main", ["main.main"]),
    ],
)
def test_patterns_are_those_of_go_list(pattern: str, own: list[str]) -> None:
    code = OwnCode([pattern])
    functions = ["example.com/dep.F", "example.com/dep/sub.(*T).M", "example.com/depot.G", "main.main"]
    assert [name for name in functions if code.has(frame(name, "/x/y.go"))] == own
