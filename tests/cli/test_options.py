"""Options that several commands share: what their values may be, and what does not go together."""

from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from gotop.cli.options import (
    HookOptions,
    IntervalParam,
    ReportOptions,
    ShareParam,
    SizeParam,
    hook_options,
    report_form,
    report_options,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "size"), [("1", 1), ("65536", 65536), ("64K", 65536), ("64 KiB", 65536), ("1MB", 1 << 20)]
)
def test_sizes(text: str, size: int) -> None:
    assert SizeParam().convert(text, None, None) == size


@pytest.mark.parametrize(("text", "share"), [("3%", 0.03), ("0.03", 0.03), ("100 %", 1.0), ("0", 0.0), ("2.5%", 0.025)])
def test_shares(text: str, share: float) -> None:
    assert ShareParam().convert(text, None, None) == pytest.approx(share)


@pytest.mark.parametrize(
    ("param", "text"),
    [
        (SizeParam(), "0"), (SizeParam(), "-1"), (SizeParam(), "1T"), (SizeParam(), "9999999M"), (SizeParam(), "x"),
        (ShareParam(), "101%"), (ShareParam(), "1.5"), (ShareParam(), "-3%"), (ShareParam(), "some"),
        (IntervalParam(), "19ms"), (IntervalParam(), "11s"), (IntervalParam(), "often"),
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused_with_an_example_or_the_range(param: click.ParamType[Any], text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"like|out of range"):
        param.convert(text, None, None)


@click.command()
@hook_options
@report_options
def probe(hooks: HookOptions, report: ReportOptions) -> None:
    click.echo(f"{hooks}\n{report}")


def run(*words: str) -> Any:
    return CliRunner().invoke(probe, list(words))


def test_options_reach_the_command_as_values() -> None:
    said = run(
        "--mode", "sampled", "--rate", "64K", "--budget", "3%", "--interval", "1s", "--top", "5", "--json"
    ).output
    assert "HookOptions(mode='sampled', depth=0, rate=65536, budget=0.03" in said
    assert "form='json'" in said and "interval_ms=1000" in said and "Listing(top=5, stacks=None)" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--mode", "sites", "--depth", "8"), "--depth has no meaning there"),
     (("--top", "5"), "--top and --stacks are about JSON")],
)  # fmt: skip
def test_what_does_not_go_together_is_said(words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert done.exit_code == 2 and said in " ".join(done.output.split())


def test_a_report_is_text_unless_something_else_goes_to_stdout() -> None:
    assert (report_form("", ()), report_form("json", ()), ReportOptions().report_form) == ("text", "json", "text")


def test_what_the_agent_has_to_know_goes_along_with_the_hooks_options() -> None:
    hooks = HookOptions("exact", 8)
    assert ReportOptions().of_agent(hooks) == hooks
    told = ReportOptions(by="labels", memory=300_000_000).of_agent(hooks)
    assert told.attribution and 0 < told.memory < 300_000_000 and told.depth == 8
