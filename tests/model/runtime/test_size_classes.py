"""Paths through the allocator, and size classes."""

from __future__ import annotations

from gotop.agent.protocol import (
    HEAP,
    SizeClasses,
    StackDef,
    Stacks,
)
from gotop.model.queries import SiteQuery
from gotop.model.values import SiteKey
from tests.model.runtime.recorded import (
    MALLOC,
    SERVE,
    T,
    session_of,
)
from tests.streams import SECOND, START, tick


def test_paths_are_kept_apart_and_add_up() -> None:
    stacks = Stacks(tuple(StackDef(path + 1, HEAP, T, (MALLOC, SERVE), False, path) for path in (-1, 0, 1, 2, 3)))
    session = session_of(stacks, tick(1, {id_: (10**id_, 100, id_) for id_ in range(5)}))
    shares = session.runtime.alloc_paths(SiteKey("main.serve", "/src/main.serve.go", 10 * SERVE, "main.T"))
    assert shares == session.runtime.alloc_paths()
    assert [(share.path, share.allocs, share.waste, share.share) for share in shares] == [
        ("tiny", 10, 1, 0.2), ("small without pointers", 100, 2, 0.2), ("small with pointers", 1000, 3, 0.2),
        ("large", 10000, 4, 0.2), ("unknown", 1, 0, 0.2),
    ]  # fmt: skip
    assert session.runtime.alloc_paths(SiteKey("main.other", "", 0, "")) == ()
    (row,) = session.sites(SiteQuery()).rows
    assert (row.allocs, row.estimated) == (11111, False)
    assert {stack.path for stack in session.stacks(row.key)} == {share.path for share in shares}


def test_size_classes() -> None:
    session = session_of(SizeClasses(START, (0, 0, 0, 8, 10, 4, 16, 0, 0), 5, (2, 90000, 1, 40000)))
    session.apply(SizeClasses(START + 2 * SECOND, (0, 0, 0, 8, 30, 4, 16, 1, 1), 6, (2, 90000, 1, 40000)))
    found = [(c.size, c.mallocs, c.frees, c.bytes, c.live, c.mallocs_per_s) for c in session.runtime.size_classes()]
    assert found == [(8, 30, 4, 240, 26, 10), (16, 1, 1, 16, 0, 0.5), (0, 2, 1, 90000, 1, 0)]
    assert session.runtime.tiny == 6
