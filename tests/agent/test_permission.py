"""Which settings of a machine forbid tracing, and what is said of them."""

import os
import resource
from pathlib import Path

import pytest

from gotop.agent.launch import _with_advice
from gotop.agent.permission import explain_refusal, forbidden_outright, lacking_room


def test_a_kernel_without_ptrace_is_said() -> None:
    """gVisor and other sandboxes answer ENOSYS."""
    advised = _with_advice("permission", "no permission for starting x under ptrace (function not implemented)")
    assert "gVisor" in advised and "getcap" not in advised
    assert _with_advice("socket", "not implemented") == "not implemented"


def test_no_room_for_a_thread_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "status").write_text(f"Name:\tx\nUid:\t{os.getuid()}\t0\t0\t0\nThreads:\t90\n")
    limits = {resource.RLIMIT_AS: resource.RLIM_INFINITY, resource.RLIMIT_NPROC: 100}
    monkeypatch.setattr(resource, "getrlimit", lambda which: (limits[which], limits[which]))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "ulimit -u" in (lacking_room(tmp_path) or "")
    limits[resource.RLIMIT_NPROC] = 1000
    assert lacking_room(tmp_path) is None


def fake_proc(root: Path, scope: str, capabilities: int = 0, seccomp: int = 0) -> Path:
    (root / "sys/kernel/yama").mkdir(parents=True)
    (root / "self").mkdir()
    (root / "sys/kernel/yama/ptrace_scope").write_text(f"{scope}\n")
    (root / "self/status").write_text(f"Name:\tx\nCapEff:\t{capabilities:016x}\nSeccomp:\t{seccomp}\n")
    return root


@pytest.mark.parametrize(
    ("scope", "capabilities", "said"),
    [("0", 0, None), ("1", 0, None), ("2", 0, "is 2"), ("2", 1 << 19, None), ("3", 1 << 19, "is 3")],
)
def test_settings_that_forbid_tracing(tmp_path: Path, scope: str, capabilities: int, said: str | None) -> None:
    reason = forbidden_outright(fake_proc(tmp_path / "proc", scope, capabilities))
    assert (reason is None) if said is None else (said in (reason or ""))


def test_a_refusal_under_seccomp_names_the_container(tmp_path: Path) -> None:
    assert "--cap-add=SYS_PTRACE" in explain_refusal(fake_proc(tmp_path / "proc", "1", seccomp=2))
