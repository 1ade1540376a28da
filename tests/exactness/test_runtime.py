"""Goroutines, stacks, paths and samples of real services, against what they say of themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotop.agent.protocol import GO, MALG
from gotop.model.queries import SiteQuery
from tests import toolchains
from tests.exactness.watched import watch


@pytest.mark.parametrize("version", toolchains.SUPPORTED)
def test_goroutines_and_stacks(version: str, tmp_path: Path) -> None:
    binary = toolchains.build("crowd", version)
    session, said = watch(
        binary, tmp_path, "-crowd", "200", until=lambda session: session.runtime.live_goroutines() is not None
    )
    live = session.runtime.live_goroutines()
    assert live is not None
    assert live.user == said["goroutines"]
    assert live.stack_bytes + live.dead_stack_bytes <= said["stack_inuse"]
    sites = {(site.function, site.starts): site for site in session.runtime.goroutine_sites()}
    for function, state in (("receive", "chan receive"), ("lock", "sync.Mutex.Lock"), ("grow", "chan receive")):
        site = sites["main.main", f"main.{function}"]
        assert (site.created, site.live, site.system) == (200, 200, False)
        if int(version[2:]) > 21 or state == "chan receive":
            assert site.states == ((state, 200),)
    assert sum(site.live or 0 for site in sites.values() if not site.system) == live.user
    assert all(site.function.startswith("runtime.") for site in sites.values() if site.system and site.created)
    # Goroutines that have ended are taken again: at most one a P is made for each of the short-lived.
    totals = session.runtime.stack_totals()
    assert totals.created == totals.new + totals.reused
    assert 601 <= totals.new <= 700
    assert totals.reused >= 150
    (chain,) = session.runtime.stacks(GO, sites["main.main", "main.grow"].key)
    assert [frame.function for frame in chain.frames][-3:] == ["main.main", "runtime.main", "runtime.goexit"]
    assert (sites["main.main", "main.grow"].new, sites["main.main", "main.grow"].reused) == (200, 0)
    assert sites["main.main", "main.grow"].growths >= 400
    tree = session.runtime.creation_tree(sites["main.main", "main.grow"].key)
    assert [node.frame.function for node in (tree, *tree.children)] == ["main.main", "runtime.rt0_go"]
    # `go ready.Done()` starts a function that the compiler made, and main's goroutine has one statement, not two.
    assert len([site for site in sites.values() if site.starts == "runtime.main"]) == 1
    assert totals.first in (2048, 8192)
    made = session.runtime.stacks(MALG, None)
    first = [stack for stack in made if stack.frames[-1].function.startswith("runtime.rt0_go")]
    assert any(stack.size in (2048, 8192) for stack in first)


@pytest.mark.parametrize("version", toolchains.SUPPORTED)
def test_where_stacks_grow(version: str, tmp_path: Path) -> None:
    binary = toolchains.build("crowd", version)
    session, _ = watch(
        binary, tmp_path, "-crowd", "50", until=lambda session: session.runtime.live_goroutines() is not None
    )
    (deep,) = [site for site in session.runtime.growth_sites() if site.function == "main.deep"]
    grown = {(size.old, size.new): size.count for size in deep.sizes if size.new > size.old}
    steps = {sizes for sizes in grown if sizes[0] >= 4096}
    assert steps == {(4096, 8192), (8192, 16384)} or steps == {(4096, 8192)}
    assert all(grown[step] == 50 for step in steps)
    assert deep.copied == sum(min(size.old, size.new) * size.count for size in deep.sizes)
    stacks = session.runtime.growth_stacks(deep)
    assert sum(stack.count for stack in stacks) == deep.growths + deep.shrinks
    assert all("main.grow" in [frame.function for frame in stack.frames] for stack in stacks)


@pytest.mark.parametrize("version", toolchains.SUPPORTED)
def test_paths(version: str, tmp_path: Path) -> None:
    binary = toolchains.build("crowd", version)
    session, _ = watch(binary, tmp_path, "-n", "5000", until=lambda session: bool(session.runtime.size_classes()))
    rows = [row for row in session.sites(SiteQuery()).rows if row.key.function == "main.allocate"]
    paths = {}
    for row in rows:
        (share,) = session.runtime.alloc_paths(row.key)
        paths[row.key.type] = (share.path, share.allocs, share.bytes)
        assert not row.estimated
    assert paths["uint32"] == ("tiny", 5000, 20000)
    assert paths["main.small"] == ("small without pointers", 5000, 240000)
    assert paths["main.linked"] == ("small with pointers", 5000, 240000)
    assert ("large", 500, 20_000_000) in paths.values()
    classes = {entry.size: entry for entry in session.runtime.size_classes()}
    assert classes[48].mallocs >= 10000
    assert classes[0].mallocs >= 500
    assert session.runtime.tiny >= 3750  # four fit into a block, whose first is counted in its class


def test_samples_are_unbiased_and_said_to_be_estimates(tmp_path: Path) -> None:
    binary = toolchains.build("crowd", "1.26")
    options = ("--mode", "sampled", "--rate", "4096")
    session, said = watch(binary, tmp_path, "-n", "200000", options=options, until=lambda session: True)
    rows = {row.key.type: row for row in session.sites(SiteQuery()).rows if row.key.function == "main.allocate"}
    for name, size in (("uint32", 4), ("main.small", 48), ("main.linked", 48)):
        row = rows[name]
        assert row.estimated
        assert row.bytes == row.allocs * size
        sigmas = 6 / (200000 * size / 4096) ** 0.5
        assert abs(row.allocs / 200000 - 1) < sigmas, (name, row.allocs)
    totals = session.totals()
    assert totals.allocs >= said["mallocs"]
    assert totals.counted == totals.unattributed > 600000
