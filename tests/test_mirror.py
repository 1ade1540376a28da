"""A module's tests are found by its name: those of `gotop/ROOM/module.py` are in `tests/ROOM/test_module.py`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ELSEWHERE = {
    # Names, figures and shapes, without anything that could be done wrong in them.
    "agent/errors": "kinds of refusals, each raised in tests/agent/test_client.py",
    "agent/runtime_messages": "shapes of messages: tests/agent/test_protocol.py sends each there and back",
    "agent/tick_messages": "shapes of messages, as above",
    "agent/viewer_messages": "shapes of messages, as above",
    "golang/errors": "kinds of refusals, each raised in tests/golang/test_refusals.py",
    "model/counts/room": "three numbers: tests/cli/test_memory.py, tests/model/trees/test_tree_limit.py",
    "model/queries": "questions: tests/model/test_session.py and tests/model/sites ask them",
    "source_location": "what a frame and a row have in common, checked by mypy",
    "runtime_packages": "a list, compared with Go's own in tests/golang/test_runtime_text.py",
    "ui/feed": "what a feed is: tests/cli/test_watch.py, tests/ui/test_app.py have some",
    "ui/frame/monitored": "the app as its screens see it: every test of a screen",
    "ui/monitor": "what screens see of the app, checked by mypy",
    # One thing together with others, which only all of them can show.
    "agent/connection": "one connection is part of the stream over several: tests/agent/test_client.py",
    "cli/attach": "real processes: tests/exactness/test_attach.py, tests/faults/test_attaching.py",
    "cli/demo": "an installed gotop and a screen: tests/cli/test_packaging.py, tests/cli/test_screen.py",
    "cli/detach": "real processes: tests/faults/test_attaching.py, tests/faults/test_refusals.py",
    "cli/explain": "what it prints of real programs: tests/explain/test_compiler.py",
    "cli/inspect": "tests/golang/test_inspect.py compares what it says with nm",
    "cli/live_feed": "real services: tests/cli/test_run.py, tests/faults/test_agent.py",
    "cli/main": "the first moment, and Ctrl-C in it: tests/cli/test_stages.py",
    "cli/prepare_target": "real builds: tests/cli/test_refusals.py",
    "cli/signals": "real processes: tests/cli/test_hangup.py, tests/cli/test_stages.py",
    "cli/webserver": "what is answered to whom: tests/cli/test_web.py",
    "ui/frame/contributors_screen": "a base class: tests/ui/sizes/test_contributor_screens.py",
    "ui/main_screen": "views, keys and tabs together: tests/ui/test_app.py, tests/ui/test_views.py",
}
"""Modules that have no tests of their name, and why, with where they are tested."""

TOGETHER = ("explain/",)
"""Rooms whose tests are by what they find in real programs, through all of their modules, and not by module."""


def modules() -> list[str]:
    found = (path.relative_to(ROOT / "gotop") for path in (ROOT / "gotop").rglob("*.py"))
    names = [str(path.with_suffix("")) for path in found if not path.name.startswith("__")]
    return sorted(name for name in names if not name.startswith(TOGETHER))


def path_of_tests(module: str) -> Path:
    room, _, name = module.rpartition("/")
    return ROOT / "tests" / room / f"test_{name.lstrip('_')}.py"


@pytest.mark.parametrize("module", [module for module in modules() if module not in ELSEWHERE])
def test_every_module_has_tests_of_its_name(module: str) -> None:
    path = path_of_tests(module)
    assert path.is_file(), f"gotop/{module}.py has no tests: they belong into {path.relative_to(ROOT)}"
    names = {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, FUNCTIONS)}
    assert any(name.startswith("test_") for name in names), f"{path.relative_to(ROOT)} tests nothing"


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def test_what_is_tested_elsewhere_is_so_for_a_reason_that_holds() -> None:
    for module, why in ELSEWHERE.items():
        assert module in modules(), f"there is no gotop/{module}.py any more"
        assert not path_of_tests(module).exists(), f"{module} has tests of its name: take it out of the list"
        for word in why.replace(",", " ").replace(":", " ").split():
            assert not word.startswith("tests/") or (ROOT / word).exists(), f"{module}: there is no {word}"
