"""Modes sites and sites+sampled against mode exact, site by site, and how the latter splits sites among stacks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests import toolchains
from tests.exactness.monitored import Run, frames_of, monitor

VERSIONS = [
    version if version in toolchains.PINNED else pytest.param(version, marks=pytest.mark.slow)
    for version in toolchains.SUPPORTED
]

#: Types of maps before Go 1.24 (runtime/map.go).
BUCKETS = ("map.bucket", "*runtime.bmap", "[]*runtime.bmap", "runtime.mapextra")


#: What remembers type assertions and switches, in one of 1,024 that were not remembered (runtime/iface.go).
AT_RANDOM = {"runtime.buildTypeAssertCache", "runtime.buildInterfaceSwitchCache"}


def figures(run: Run) -> Counter[tuple[str, ...]]:
    """Objects, bytes and rounding of every site, but for those that differ from run to run: what the runtime does
    in the background or at random, and what hashes with a random seed decide: tries of internal/sync, and before
    Go 1.24 how many buckets of a map overflow.
    """
    found: Counter[tuple[str, ...]] = Counter()
    for site in run.report["sites"]:
        by_hash = site["function"].startswith("internal/sync.") or site["type"].startswith(BUCKETS)
        if not site["function"].startswith("runtime.") and not by_hash:
            for stack in site["stacks"]:
                if not AT_RANDOM & {frame["function"] for frame in frames_of(run.report, stack)}:
                    for figure in ("allocs", "bytes", "waste"):
                        found[site["function"], str(site["line"]), site["type"], figure] += stack[figure]
    return found


def watched(binary: Path, scratch: Path, mode: str, *options: str) -> Run:
    statement = scratch / "said.json"  # of one length: the program allocates as much for it as it is long
    run = monitor(
        binary, "-out", str(statement), options=("--mode", mode, *options), statement=statement,
        env={"GOMAXPROCS": "1"},
    )  # fmt: skip
    assert run.code == 0
    totals = run.report["totals"]
    assert totals["allocs"] == run.statement["mallocs"]
    assert totals["unattributed"] == 0
    assert sum(site["allocs"] for site in run.report["sites"]) == totals["allocs"]
    assert sum(site["bytes"] for site in run.report["sites"]) == totals["bytes"]
    for site in run.report["sites"]:
        for figure in ("allocs", "bytes", "waste"):
            assert sum(stack[figure] for stack in site["stacks"]) == site[figure]
    return run


def split(run: Run) -> dict[tuple[str, int, str], Counter[tuple[str, ...]]]:
    """Objects of every site, by the functions on its stacks."""
    found: dict[tuple[str, int, str], Counter[tuple[str, ...]]] = {}
    for site in run.report["sites"]:
        mine = found.setdefault((site["function"], site["line"], site["type"]), Counter())
        for stack in site["stacks"]:
            mine[tuple(function for function, *_ in frames_of(run.report, stack))] += stack["allocs"]
    return found


@pytest.mark.parametrize("mode", ["sites", "sites+sampled"])
@pytest.mark.parametrize("version", VERSIONS)
def test_sites_have_the_same_figures_as_in_mode_exact(version: str, mode: str, tmp_path: Path) -> None:
    binary = toolchains.build("sites", version)
    exact, sites = watched(binary, tmp_path, "exact"), watched(binary, tmp_path, mode, "--rate", "4K")
    assert {site["estimated"] for site in sites.report["sites"]} == {False}
    wanted, found = figures(exact), figures(sites)
    assert len(wanted) > 60
    differing = {key: (wanted[key], found[key]) for key in wanted | found if wanted[key] != found[key]}
    assert not differing
    functions = [{site["function"] for site in run.report["sites"] if "map" in site["type"]} for run in (exact, sites)]
    assert functions[0] == functions[1]
    assert "main.grownMaps" in functions[0]
    assert not [site["function"] for site in sites.report["sites"] if site["function"].startswith("internal/runtime/")]


@pytest.mark.parametrize("version", VERSIONS)
def test_sites_are_split_among_their_stacks_as_they_were_called(version: str, tmp_path: Path) -> None:
    binary = toolchains.build("sites", version)
    wanted = split(watched(binary, tmp_path, "exact"))
    found = split(watched(binary, tmp_path, "sites+sampled", "--rate", "32"))
    compared = 0
    for site, stacks in wanted.items():
        if site[0].startswith("main.") and 2 <= len(stacks) <= 4 and stacks.total() >= 600:
            off = sum(abs(stacks[functions] - found[site][functions]) for functions in stacks | found[site])
            assert off < 0.4 * stacks.total(), (site, stacks, found[site])
            compared += 1
    assert compared >= 2


@pytest.mark.parametrize("mode", ["sites", "sites+sampled"])
@pytest.mark.parametrize("version", VERSIONS)
def test_whole_stacks_are_kept_of_the_code_that_was_asked_for(version: str, mode: str, tmp_path: Path) -> None:
    binary = toolchains.build("sites", version)
    exact = watched(binary, tmp_path, "exact")
    found = watched(binary, tmp_path, mode, "--exact", "func:=main.grownMaps", "--exact", "func:=main.appended")
    differing = {key for key in figures(exact) | figures(found) if figures(exact)[key] != figures(found)[key]}
    assert not differing
    whole = {site: stacks for site, stacks in split(found).items() if site[0] in ("main.grownMaps", "main.appended")}
    wanted = {site: stacks for site, stacks in split(exact).items() if site in whole}
    for site in whole.keys() | wanted.keys():
        assert site[2].startswith(BUCKETS) or whole[site] == wanted[site]
    assert len(whole) > 4
    for site in found.report["sites"]:
        kept = (site["function"], site["line"], site["type"]) in whole
        assert not kept or not any(stack["estimated"] or stack["cut"] for stack in site["stacks"])
    assert any(stack["cut"] for site in found.report["sites"] for stack in site["stacks"]), "of others it is not"
