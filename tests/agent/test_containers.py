"""Which container a process runs in, by what runtimes call their cgroups."""

import pytest

from gotop.agent.containers import Container, named_by_cgroups

ID = "3f4e1b2c" * 8
OTHER = "0123456789abcdef" * 4
POD = "0f0d9d2c-7d0a-4c11-9a52-3b1d3c1f5a77"


@pytest.mark.parametrize(
    ("path", "pod"),
    [
        (f"/docker/{ID}", ""),
        (f"/system.slice/docker-{ID}.scope", ""),
        (f"/machine.slice/libpod-{ID}.scope", ""),
        (f"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope", ""),
        (f"/kubepods/burstable/pod{POD}/{ID}", POD),
        (f"/kubepods/pod{POD}/{ID}", POD),
        (
            f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{POD.replace('-', '_')}.slice"
            f"/cri-containerd-{ID}.scope",
            POD,
        ),
        (f"/kubepods.slice/kubepods-pod{POD.replace('-', '_')}.slice/crio-{ID}.scope", POD),
        (f"/kubepods/besteffort/pod{'ab' * 16}/{ID}", "ab" * 16),  # a static pod: the hash of its manifest
        (f"/system.slice/x.service/kubepods-besteffort-pod{POD.replace('-', '_')}.slice:cri-containerd:{ID}", POD),
        (f"/docker/{OTHER}/kubepods/pod{POD}/{ID}", POD),
    ],
)
def test_runtimes_name_a_cgroup_after_the_container(path: str, pod: str) -> None:
    assert named_by_cgroups(f"0::{path}\n") == Container(ID, pod)
    assert named_by_cgroups(f"9:name=systemd:/\n4:memory:{path}\n") == Container(ID, pod)


@pytest.mark.parametrize(
    "path",
    ["/", "", "/user.slice/user-0.slice/session-3.scope", f"/docker/{ID[1:]}", f"/docker/{ID}a", f"/{ID}/x", "/../.."],
)
def test_other_cgroups_are_no_containers(path: str) -> None:
    assert named_by_cgroups(f"0::{path}\n") is None


def test_nonsense_is_no_container() -> None:
    assert named_by_cgroups("") is None
    assert named_by_cgroups("no colons\n\n:::::\n") is None


def test_a_container_is_called_by_its_id_and_its_host_name() -> None:
    container = Container(ID, POD, "shop-7f9c-x2x")
    assert container.is_called(ID[:4]) and container.is_called(ID.upper()) and container.is_called("shop-7f9c-x2x")
    assert not container.is_called("") and not container.is_called("shop") and not container.is_called(ID[1:])
    assert container.is_in_pod(POD[:8]) and container.is_in_pod("shop-7f9c-x2x") and not container.is_in_pod(ID)
    assert not Container(ID, "", "shop").is_in_pod("shop")
