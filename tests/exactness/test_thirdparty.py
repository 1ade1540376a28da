"""Well-known services of others, unmodified, under real load: full coverage, no error, plausible sites."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.exactness.monitored import GOTOP, environment
from tests.services.thirdparty import SERVICES
from tests.services.underload import OWN_PACKAGES, SETUPS


@pytest.mark.parametrize(
    "name", ["nats", *(pytest.param(name, marks=pytest.mark.slow) for name in SETUPS if name != "nats")]
)
def test_a_service_of_others_under_load(name: str, tmp_path: Path) -> None:
    binary = SERVICES[name].build()
    setup = SETUPS[name](tmp_path)
    command = [*GOTOP, "run", "--json", "--for", "10s", str(binary), "--", *setup.arguments]
    gotop = subprocess.Popen(
        command,
        env=environment(**setup.environment),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        setup.wait()
        load = setup.run_load(6)
        out, err = gotop.communicate(timeout=60)
    finally:
        gotop.kill()
        gotop.communicate()
    print(json.dumps({"service": name, "MB": binary.stat().st_size / 1e6, "load": load}))
    report = json.loads(out)
    print(json.dumps(report["totals"]))
    for site in report["sites"][:10]:
        print(site["function"], site["line"], site["type"], site["allocs"], site["bytes"])
    assert gotop.returncode == 0, err[-2000:]
    assert load["failed"] == 0, load["error"]
    assert load["done"] > 1000
    totals = report["totals"]
    assert 0.999 <= totals["coverage"] <= 1.001
    assert totals["unattributed"] == 0
    assert report["health"]["partial"] == []
    assert totals["allocs"] > 100_000
    assert sum(site["allocs"] for site in report["sites"]) == totals["allocs"]
    frames = [frame for site in report["sites"] for stack in site["stacks"] for frame in stack["frames"]]
    assert all(frame["function"] and frame["file"].endswith((".go", ".s")) and frame["line"] > 0 for frame in frames)
    top = report["sites"][:100]
    assert any(site["function"].startswith(OWN_PACKAGES[name]) for site in top)
    assert not any(site["function"].startswith("runtime.") for site in top[:20])
    assert sum(site["bytes"] for site in top) > 0.5 * totals["bytes"]
