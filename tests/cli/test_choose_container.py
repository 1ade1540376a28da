"""`gotop attach --container` and `--pod`: a service in a cgroup that has the name a runtime would give it."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import toolchains
from tests.cli.running import Runner, wait_until

ID = "a1b2c3d4" * 8
POD = "0f0d9d2c-7d0a-4c11-9a52-3b1d3c1f5a77"
NAME = f"kubepods-burstable-pod{POD.replace('-', '_')}.slice:cri-containerd:{ID}"
HIERARCHIES = [Path("/sys/fs/cgroup") / name for name in ("", "unified", "systemd", "pids", "cpu", "memory")]

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="needs root to make a cgroup")


@pytest.fixture
def group() -> Iterator[Path]:
    """A cgroup of whichever hierarchy this machine has, named as containerd names a pod's container."""
    made = None
    for hierarchy in HIERARCHIES:
        with contextlib.suppress(OSError):
            if (hierarchy / "cgroup.procs").exists():
                made = hierarchy / NAME
                made.mkdir(exist_ok=True)
                break
    assert made is not None and (made / "cgroup.procs").exists(), "no hierarchy of cgroups can be written"
    yield made
    wait_until(lambda: removed(made), "a cgroup that nobody is in")


def removed(group: Path) -> bool:
    with contextlib.suppress(OSError):
        group.rmdir()
    return not group.exists()


@pytest.fixture
def service(group: Path) -> Iterator[subprocess.Popen[bytes]]:
    def enter() -> None:
        (group / "cgroup.procs").write_text(str(os.getpid()))

    process = subprocess.Popen(
        [toolchains.build("ignoreterm", "1.26")],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "HOSTNAME": "shop-7f9c"},
        preexec_fn=enter,
    )
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize(
    "place", [("--container", ID[:8]), ("--container", "shop-7f9c"), ("--pod", POD[:8]), ("--pod", "shop-7f9c")]
)
def test_the_program_in_it_is_attached_to(
    place: tuple[str, str], service: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    gotop = Runner(tmp_path)
    listed = {process["pid"]: process for process in json.loads(gotop.run("ps", "--json").stdout)["processes"]}
    assert [listed[service.pid][key] for key in ("container", "pod", "host")] == [ID, POD, "shop-7f9c"]
    assert f"  {ID[:12]}  " in gotop.run("ps").stdout
    done = gotop.run("attach", *place, "--for", "1s", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["target"]["pid"] == service.pid


def test_where_nothing_or_too_much_is_meant_that_is_said(service: subprocess.Popen[bytes], tmp_path: Path) -> None:
    gotop = Runner(tmp_path)
    done = gotop.run("attach", "--container", "0123456")
    assert done.returncode == 1
    first, *others = done.stderr.splitlines()
    assert "runs in container 0123456" in first
    assert any(line.startswith(f"  {service.pid}  {ID[:12]} shop-7f9c  /") for line in others), "a line each"
    assert gotop.run("attach", "--container", ID, "--pod", POD).returncode == 2
    assert gotop.run("attach", str(service.pid), "--container", ID).returncode == 2
