"""Everything that gotop prints goes through `gotop.cli.output`: nothing else writes to stdout or stderr."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import gotop

ROOT = Path(gotop.__file__).parent
OUTPUT = ROOT / "cli" / "output.py"
HARMLESS = {"isatty", "fileno"}
CLICK = {"echo", "secho", "prompt", "confirm", "echo_via_pager", "edit", "progressbar"}


def _prints(tree: ast.AST) -> Iterator[ast.AST]:
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("print", "pprint", "input")
        ):
            yield node
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
            continue
        if node.value.id == "click" and node.attr in CLICK:
            yield node
        if node.value.id == "traceback" and node.attr.startswith("print"):
            yield node
        if node.value.id == "sys" and node.attr in ("stdout", "stderr", "__stdout__"):
            user = parents[node]
            if not (isinstance(user, ast.Attribute) and user.attr in HARMLESS):
                yield node


def test_nothing_prints_but_the_output_module() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in sorted(ROOT.rglob("*.py"))
        if file != OUTPUT
        for node in _prints(ast.parse(file.read_text("utf-8")))
    ]
    assert found == []


def test_the_check_sees_each_way_to_print() -> None:
    ways = ("print(1)", "click.echo(1)", "sys.stdout.write('x')", "json.dump({}, sys.stderr)", "traceback.print_exc()")
    assert all(list(_prints(ast.parse(way))) for way in ways)
    assert not list(_prints(ast.parse("sys.stdout.isatty()")))
