"""Names of the allocator's paths, in the order of the protocol's numbers."""

from __future__ import annotations

from gotop.agent.protocol import LARGE, SMALL_NOSCAN, SMALL_SCAN, TINY
from gotop.model.counts.alloc_paths import PATHS, path_name


def test_paths_have_the_protocols_numbers() -> None:
    assert [path_name(path) for path in (TINY, SMALL_NOSCAN, SMALL_SCAN, LARGE)] == list(PATHS[:-1])
    assert path_name(SMALL_NOSCAN) == "small without pointers"


def test_a_path_that_is_not_known_is_unknown() -> None:
    assert [path_name(path) for path in (-1, 4, 77)] == ["unknown"] * 3
