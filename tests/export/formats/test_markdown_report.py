"""The report for an issue: what is not listed is one row, and no name breaks the table."""

from __future__ import annotations

from dataclasses import replace

from gotop.export.formats import markdown_report
from gotop.export.json_tables import Limits
from gotop.export.profile import Amount, Profile, ProfileStack, session_profile
from gotop.export.registry import ALL, Selection
from gotop.model.session import Session
from gotop.model.values import SiteKey


def test_names_of_strangers_break_no_table() -> None:
    names = ("main.f[a|b]", "main.`x`", "main.<script>")
    stacks = tuple(ProfileStack(SiteKey(name, "/src/a|b.go", 1, "*main.T"), (), 1, 10) for name in names)
    profile = Profile("/bin/a`b|c", "go1.26", "", None, 0.0, stacks, Amount(3, 30), notes=("a <b> *note*",))
    lines = markdown_report.make(profile, ALL).decode().splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 5
    assert {line.replace("\\|", "").count("|") for line in table} == {7}
    assert "a &lt;b&gt; \\*note\\*" in lines[-1]


def test_it_lists_the_most_and_sums_the_rest(session: Session) -> None:
    profile = session_profile(session)
    lines = markdown_report.make(profile, Selection(limits=Limits(1))).decode().splitlines()
    assert any(line.endswith(f"| {len(profile.sites()) - 1} more call sites |") for line in lines)
    estimated = replace(profile, stacks=tuple(replace(stack, estimated=True) for stack in profile.stacks))
    assert "| ≈" in markdown_report.make(estimated, ALL).decode()
