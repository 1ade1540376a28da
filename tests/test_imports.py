"""The rooms of ARCHITECTURE.md: who may import whom."""

from __future__ import annotations

import graphlib
import os
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]

LOADED = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
found = [module.name for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
for name in found: importlib.import_module(name)
print(len(found))
print("\\n".join(sys.modules))
"""


@pytest.mark.parametrize(
    ("package", "without"),
    [
        (
            "gotop.model",
            ["textual", "rich", "elftools", "psutil", "asyncio", "socket", "gotop.golang", "gotop.agent.client"],
        ),
        ("gotop.export", ["textual", "rich", "elftools", "psutil", "asyncio", "gotop.golang", "gotop.agent.client"]),
        ("gotop.agent", ["textual", "rich", "gotop.ui", "gotop.model", "gotop.cli"]),
        ("gotop.golang", ["textual", "rich", "psutil", "msgpack", "gotop.ui", "gotop.model", "gotop.agent"]),
        ("gotop.ui", ["elftools", "msgpack.fallback", "gotop.golang", "gotop.agent.client", "gotop.cli"]),
    ],
)
def test_every_module_of_a_room_loads_without_what_it_must_not_need(package: str, without: list[str]) -> None:
    child = subprocess.run(
        [sys.executable, "-c", LOADED, package], capture_output=True, text=True, check=True, cwd=ROOT
    )
    count, *loaded = child.stdout.split()
    assert int(count) > 0
    assert not set(without) & set(loaded)


@pytest.mark.parametrize("words", [("--help",), ("run", "--help"), ("export", "--help"), ("ps",)])
def test_what_needs_no_figures_is_there_without_loading_what_makes_them(words: tuple[str, ...]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "gotop", *words]
    child = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {line.rpartition("|")[2].strip() for line in child.stderr.splitlines()}
    assert "gotop.cli.commands" in loaded
    assert not {"numpy", "textual", "gotop.model.session"} & loaded


def test_loading_the_model_starts_no_threads_and_leaves_the_environment_as_it_was() -> None:
    told = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    look = "import os; before = dict(os.environ); import gotop.model.session; "
    look += "print(len(os.listdir('/proc/self/task')), before == dict(os.environ))"
    child = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=ROOT, env=told)
    assert child.stdout.split() == ["1", "True"]


def test_the_contracts_are_kept() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command, "--no-cache"], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def circle(imports: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a circle, each the one after it; none where there is no circle."""
    try:
        graphlib.TopologicalSorter(imports).prepare()
    except graphlib.CycleError as error:
        return list(reversed(error.args[1]))
    return []


@pytest.mark.parametrize("room", ["gotop.ui"])
def test_no_module_is_in_a_circle_of_imports(room: str) -> None:
    """Imports for types alone and those inside functions count, too: who reads a module has to follow them."""
    graph = grimp.build_graph("gotop", cache_dir=None)
    names = {name for name in graph.modules if f"{name}.".startswith(f"{room}.")}
    imports = {name: graph.find_modules_directly_imported_by(name) & names for name in names}
    assert len(names) > 20 and any(imports.values())
    assert circle(imports) == []
