"""Mode sites against mode exact, site by site, and what is said of stacks for which there was no room."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests import toolchains
from tests.exactness.monitored import Run, monitor

VERSIONS = [
    version if version in toolchains.PINNED else pytest.param(version, marks=pytest.mark.slow)
    for version in toolchains.SUPPORTED
]

#: Types of maps before Go 1.24 (runtime/map.go).
BUCKETS = ("map.bucket", "*runtime.bmap", "[]*runtime.bmap", "runtime.mapextra")


def figures(run: Run) -> Counter[tuple[str, ...]]:
    """Objects, bytes and rounding of every site, but for those that differ from run to run: what the runtime does
    in the background, and what hashes with a random seed decide: tries of internal/sync, and before Go 1.24 how many
    buckets of a map overflow.
    """
    found: Counter[tuple[str, ...]] = Counter()
    for site in run.report["sites"]:
        by_hash = site["function"].startswith("internal/sync.") or site["type"].startswith(BUCKETS)
        if not site["function"].startswith("runtime.") and not by_hash:
            for figure in ("allocs", "bytes", "waste"):
                found[site["function"], str(site["line"]), site["type"], figure] += site[figure]
    return found


def watched(binary: Path, scratch: Path, mode: str) -> Run:
    statement = scratch / f"{mode}.json"
    run = monitor(
        binary, "-out", str(statement), options=("--mode", mode), statement=statement, env={"GOMAXPROCS": "1"}
    )
    assert run.code == 0
    totals = run.report["totals"]
    assert totals["allocs"] == run.statement["mallocs"]
    assert totals["unattributed"] == 0
    assert sum(site["allocs"] for site in run.report["sites"]) == totals["allocs"]
    assert sum(site["bytes"] for site in run.report["sites"]) == totals["bytes"]
    return run


@pytest.mark.parametrize("version", VERSIONS)
def test_sites_have_the_same_figures_as_in_mode_exact(version: str, tmp_path: Path) -> None:
    binary = toolchains.build("sites", version)
    exact, sites = (watched(binary, tmp_path, mode) for mode in ("exact", "sites"))
    wanted, found = figures(exact), figures(sites)
    assert len(wanted) > 60
    differing = {key: (wanted[key], found[key]) for key in wanted | found if wanted[key] != found[key]}
    assert not differing
    functions = [{site["function"] for site in run.report["sites"] if "map" in site["type"]} for run in (exact, sites)]
    assert functions[0] == functions[1]
    assert "main.grownMaps" in functions[0]
    assert not [site["function"] for site in sites.report["sites"] if site["function"].startswith("internal/runtime/")]
