"""Which frame is a stack's call site."""

from __future__ import annotations

import pytest

from gotop.model.symbols.call_site import package_of, site_index, statement_index
from gotop.model.values import Frame


def frames(*functions: str) -> list[Frame]:
    """Functions, or function@file."""
    return [Frame(name, file, 1, False) for name, _, file in (function.partition("@") for function in functions)]


@pytest.mark.parametrize(
    ("function", "package"),
    [
        ("main.main", "main"),
        ("main.(*T).M.func1", "main"),
        ("github.com/a/b.(*T[...]).M", "github.com/a/b"),
        ("gopkg.in/yaml%2ev3.(*decoder).parse", "gopkg.in/yaml.v3"),
        ("main.F[github.com/a/b.T]", "main"),
        ("a/b.Map[go.shape.int,c/d.E]", "a/b"),
        ("?0x46d3a0", ""),
        ("", ""),
    ],
)
def test_package_of(function: str, package: str) -> None:
    assert package_of(function) == package


@pytest.mark.parametrize(
    ("stack", "site"),
    [
        (["runtime.mallocgc", "runtime.newobject", "main.a", "main.main"], "main.a"),
        (["runtime.mallocgc", "internal/runtime/maps.newobject", "runtime.mapassign", "main.a"], "main.a"),
        (["runtime.mallocgc", "runtime/internal/atomic.x", "main.a"], "main.a"),
        # Libraries of the runtime are no helpers: what they allocate is theirs.
        (["runtime.mallocgc", "runtime/pprof.writeHeap", "main.a"], "runtime/pprof.writeHeap"),
        # Lent out by go:linkname: reflect's name, the runtime's code.
        (
            ["runtime.mallocgc", "reflect.unsafe_New@/usr/local/go/src/runtime/malloc.go",
             "reflect.New@/usr/local/go/src/reflect/value.go", "main.a"],
            "reflect.New",
        ),
        (["runtime.mallocgc", "reflect.unsafe_New@runtime/malloc.go", "reflect.New@reflect/value.go"], "reflect.New"),
        # A user's own package runtime, and a program that lives in a directory of that name.
        (["runtime.mallocgc", "example.com/runtime.New@/home/u/src/runtime/x.go"], "example.com/runtime.New"),
        (["runtime.mallocgc", "main.main@/home/u/src/runtime/main.go"], "main.main"),
        # Never leaves the runtime.
        (["runtime.mallocgc", "runtime.newobject", "runtime.schedinit", "runtime.rt0_go"], "runtime.schedinit"),
        (["runtime.mallocgc", "runtime.makeslice", "runtime.rawstring.func1", "runtime.goargs"], "runtime.goargs"),
        (["runtime.mallocgcTiny"], "runtime.mallocgcTiny"),
        (["runtime.newproc1", "runtime.newproc.func1", "runtime.systemstack", "runtime.gcenable"], "runtime.gcenable"),
        # Inlined frames are frames; names may be missing.
        (["?0x46d3a0", "main.a"], "?0x46d3a0"),
    ],
)  # fmt: skip
def test_site(stack: list[str], site: str) -> None:
    found = frames(*stack)
    assert found[site_index(found)].function == site


def test_no_frames_no_site() -> None:
    assert site_index([]) == -1


@pytest.mark.parametrize(
    ("stack", "site"),
    [
        (["runtime.newproc1", "runtime.newproc.func1", "runtime.systemstack", "runtime.newproc", "main.a"], "main.a"),
        # The collector's own `go` statement, reached through an allocation in main.a.
        (
            ["runtime.newproc1", "runtime.newproc.func1", "runtime.systemstack", "runtime.newproc",
             "runtime.gcBgMarkStartWorkers", "runtime.gcStart", "runtime.mallocgc", "main.a"],
            "runtime.gcBgMarkStartWorkers",
        ),
        (["runtime.copystack", "runtime.newstack", "runtime.morestack", "main.deep", "main.main"], "main.deep"),
        (["runtime.malg", "runtime.newproc1"], "runtime.malg"),
    ],
)  # fmt: skip
def test_a_statement_stands_where_it_stands(stack: list[str], site: str) -> None:
    found = frames(*stack)
    assert found[statement_index(found)].function == site
