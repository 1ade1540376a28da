"""The kinds of hooks are the same here and in the agent, and each target is of another kind."""

import re
from pathlib import Path

from gotop.golang.hooks import HOOK_TARGETS, HookKind

PLAN_GO = (Path(__file__).parents[2] / "hookagent/plan/plan.go").read_text()


def kinds_in_go() -> dict[str, str]:
    """Constant → value of package plan's kinds."""
    return dict(re.findall(r'^\t(\w+) +Kind = "(\w+)"', PLAN_GO, re.MULTILINE))


def test_the_kinds_are_those_of_the_agent() -> None:
    assert [*kinds_in_go().values()] == [kind.value for kind in HookKind]


def test_the_agents_list_of_kinds_has_them_all() -> None:
    listed = re.search(r"^var Kinds = \[\]Kind\{(.*)\}", PLAN_GO, re.MULTILINE)
    assert listed is not None
    assert listed[1].split(", ") == [*kinds_in_go()]


def test_every_kind_but_the_specialised_allocators_has_one_target() -> None:
    kinds = [target.kind for target in HOOK_TARGETS]
    assert sorted(kinds) == sorted(set(HookKind) - {HookKind.ALLOC_SPECIAL})
