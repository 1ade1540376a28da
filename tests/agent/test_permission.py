"""Which settings of a machine forbid tracing, and what is said of them."""

from pathlib import Path

import pytest

from gotop.agent.permission import explain_refusal, forbidden_outright


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
