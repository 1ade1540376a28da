"""Code that is loaded while the service runs: what is not counted is said."""

import pytest
from click.testing import CliRunner

from gotop.cli.inspect import command
from tests import toolchains
from tests.exactness.monitored import frames_of, monitor

VERSIONS = ["1.26", *(pytest.param(v, marks=pytest.mark.slow) for v in ("1.21", "1.24", "1.27"))]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_plugins_allocations_are_said_to_be_missing(version: str) -> None:
    host = toolchains.build("plugged", version, "cgo")
    plug = toolchains.build("plugged/plug", version, "cgo", "-buildmode=plugin")
    run = monitor(host, str(plug))
    assert run.code == 0, run.stderr
    (said,) = [text for text in run.report["health"]["partial"] if "plugin" in text]
    assert "has an allocator of its own" in said and "--sample-only" in said
    (called,) = (site for site in run.report["sites"] if site["function"] == "main.called")
    assert called["allocs"] == 500
    ((stack,),) = ([stack] for stack in called["stacks"])
    names = [frame["function"].rpartition("/")[2] for frame in frames_of(run.report, stack)]
    at = names.index("main.called")
    assert names[at:] == ["main.called", "plug.Each", "main.main", "runtime.main", "runtime.goexit"]
    each = frames_of(run.report, stack)[at + 1]
    assert each["file"].endswith("plugged/plug/plug.go") and each["line"] == 22
    assert not stack["cut"]
    inspected = CliRunner().invoke(command, [str(host)])
    assert "but not those of plugins that it may load" in inspected.output
    library = CliRunner().invoke(command, [str(plug)])
    assert "Cannot be monitored" in library.output and "it is a shared library" in library.output
    totals = run.report["totals"]
    assert totals["runtime_allocs"] - totals["allocs"] >= 1000
