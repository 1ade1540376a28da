"""What the documentation says is so: links, names of files, options, columns, keys of documents, words of refusals."""

from __future__ import annotations

import ast
import dataclasses
import importlib.util
import json
import pkgutil
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import click
import pytest

import gotop.ui
from gotop.agent.locate_agent import demo_binary
from gotop.agent.processes import GoProcess
from gotop.agent.recording import read_recording
from gotop.cli.commands import COMMANDS, cli
from gotop.cli.inspect import as_document
from gotop.cli.ps import _document
from gotop.export.exporters import EXPORTERS
from gotop.export.json_report import document
from gotop.golang.hooks import HookKind
from gotop.golang.inspect import inspect
from gotop.golang.plan import HookPlan
from gotop.model.session import Session
from gotop.ui.views import VIEWS
from gotop.ui.widgets.columns import Column
from tests.ui.recorded import RECORDING

ROOT = Path(__file__).parents[1]
PAGES = sorted(path for folder in (".", "docs", "hookagent", ".github") for path in (ROOT / folder).glob("*.md"))
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def code_blocks(text: str) -> Iterator[str]:
    """Lines of indented and fenced code."""
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            yield line


def prose(text: str) -> str:
    """The text without its code blocks."""
    code = set(code_blocks(text))
    return "\n".join(line for line in text.splitlines() if line not in code)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and mkdocs make them."""
    headings = re.findall(r"^#+ (.*)$", prose(page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@EVERY_PAGE
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text())):
        if target.startswith(("http:", "https:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            wrong.append(target)
    assert not wrong


@EVERY_PAGE
def test_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"`((?:gotop|hookagent|tests|tools|docs|\.github)/[\w./*-]+)`", page.read_text())
    assert [name for name in named if not list(ROOT.glob(name.rstrip("/")))] == []


def key_ids_of_the_page() -> set[str]:
    return set(re.findall(r"`(gotop\.\w+)` \|$", (ROOT / "docs" / "keys.md").read_text(), re.MULTILINE))


@EVERY_PAGE
def test_modules_that_are_named_exist(page: Path) -> None:
    named = set(re.findall(r"`(gotop(?:\.[a-z_]+)+)`", page.read_text())) - key_ids_of_the_page()
    assert [name for name in sorted(named) if importlib.util.find_spec(name) is None] == []


def packages_of_the_agent() -> dict[str, set[str]]:
    """Package → those of the agent that it imports, without what only tests import."""
    found: dict[str, set[str]] = {}
    for file in (ROOT / "hookagent").glob("*/*.go"):
        imports = found.setdefault(file.parent.name, set())
        if not file.name.endswith("_test.go"):
            imports |= set(re.findall(r'"gotop/hookagent/(\w+)"', file.read_text()))
    return found


def test_the_architecture_page_says_what_each_package_of_the_agent_imports() -> None:
    rows = re.findall(
        r"^\| (`hookagent/[^|]*) \| [^|]* \| ([^|]*) \|$", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE
    )
    allowed = {name: cell for names, cell in rows for name in re.findall(r"`hookagent/(\w+)`", names)}
    packages = packages_of_the_agent()
    assert sorted(packages.keys() - allowed.keys()) == []
    wrong = {name: imports ^ set(re.findall(r"\w+", allowed[name])) for name, imports in packages.items()}
    assert {name: differ for name, differ in wrong.items() if differ} == {}


def test_the_architecture_page_has_every_room_of_python() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    rooms = [*(ROOT / "gotop").glob("*/__init__.py"), *(ROOT / "tests").glob("*/__init__.py")]
    subjects = [*(ROOT / "gotop" / "ui").glob("*/__init__.py"), *(ROOT / "gotop" / "model").glob("*/__init__.py")]
    assert [str(file) for file in rooms if f"`{file.parent.relative_to(ROOT)}/`" not in text] == []
    assert [str(file) for file in subjects if f"`{file.parent.name}/`" not in text] == []


def test_the_architecture_page_has_every_key_and_kind_of_a_hook_plan() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    assert [field.name for field in dataclasses.fields(HookPlan) if f'"{field.name}": ' not in text] == []
    assert [kind.value for kind in HookKind if f"`{kind.value}`" not in text] == []


def test_the_glossary_is_in_order_and_says_where_each_word_lives() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", (ROOT / "GLOSSARY.md").read_text(), re.MULTILINE)[1:]
    words = [row[0].strip().removeprefix("**").removesuffix("**") for row in rows]
    assert words == sorted(words, key=str.casefold)
    assert len(words) >= 30
    assert len(set(words)) == len(words)
    lost = []
    for word, _, place in rows:
        for file, names in re.findall(r"`([\w./]+/[\w./]+)`((?:,? `[\w.]+`)*)", place):
            found = ROOT / file
            lacking = [name for name in re.findall(r"`(\w+)`", names) if not mentions(found, name)]
            lost += [f"{word} {file} {name}" for name in ([""] if not found.is_file() else lacking)]
    assert lost == []


def mentions(file: Path, name: str) -> bool:
    """Whether a name occurs in a file."""
    return file.is_file() and re.search(rf"\b{name}\b", file.read_text()) is not None


# Commands and their options


def command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)  # type: ignore[attr-defined]
    assert found is not None
    return found


def option_names(of: click.Command) -> set[str]:
    return {name for param in of.params if isinstance(param, click.Option) and not param.hidden for name in param.opts}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_guide_has_every_option(name: str) -> None:
    text = (ROOT / "docs" / "guide.md").read_text()
    assert f"gotop {name}" in text
    assert [option for option in sorted(option_names(command(name))) if option not in text] == []


@EVERY_PAGE
def test_commands_in_examples_are_understood(page: Path) -> None:
    for line in code_blocks(page.read_text()):
        words = shlex.split(re.sub(r"\s#.*| \| .*", "", line)) if re.match(r"\s*gotop ", line) else []
        if len(words) < 2 or words[1].startswith("-"):
            continue
        assert words[1] in COMMANDS, line
        try:
            command(words[1]).make_context(words[1], words[2:])
        except click.UsageError as error:
            pytest.fail(f"{line.strip()}: {error.message}")


# Columns, exports, documents


def every_column() -> Iterator[Column[Any]]:
    for module in pkgutil.walk_packages(gotop.ui.__path__, "gotop.ui."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, tuple):
                yield from (each for each in value if isinstance(each, Column))


def test_the_views_page_has_every_view_and_its_key() -> None:
    text = (ROOT / "docs" / "views.md").read_text()
    assert [spec.name for spec in VIEWS if f"\n## {spec.title}\n\nKey `{spec.key}`" not in text] == []


def test_the_views_page_has_every_column() -> None:
    text = (ROOT / "docs" / "views.md").read_text()
    titles = {column.title.strip() for column in every_column() if column.title.strip()}
    assert len(titles) > 60
    assert sorted(title for title in titles if title not in text) == []


def test_the_formats_page_has_every_export() -> None:
    text = (ROOT / "docs" / "formats.md").read_text()
    assert [name for name, each in EXPORTERS.items() if f"| `{name}` | `.{each.extension}` |" not in text] == []


def keys_of(value: Any, name: str = "") -> Iterator[str]:
    """Every key of a document but those that are data: states of goroutines, labels."""
    if isinstance(value, dict) and name not in ("states", "labels"):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner, key)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from keys_of(inner)


@lru_cache(maxsize=1)
def documented() -> set[str]:
    return set(re.findall(r"`([^`]+)`", (ROOT / "docs" / "formats.md").read_text()))


def test_the_formats_page_has_every_key_of_a_report() -> None:
    session = Session()
    for message in read_recording(RECORDING):
        session.apply(message)
    found = set(keys_of(json.loads(json.dumps(document(session)))))
    assert len(found) > 100
    assert sorted(found - documented()) == []


def test_the_formats_page_has_every_key_of_an_inspection_and_of_ps() -> None:
    inspected = as_document(inspect(str(demo_binary(print))))
    keys = {key for name, value in inspected.items() if name not in ("build", "vars") for key in keys_of({name: value})}
    process = _document(GoProcess(1, "me", "go1.26", 0, 0.0, "/bin/a", None))
    assert sorted((keys | set(process)) - {"entry", "size"} - documented()) == []


# What is refused


@lru_cache(maxsize=1)
def said() -> str:
    """Every text in the sources, with an ellipsis for values that are filled in."""
    texts = []
    for file in (ROOT / "gotop").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
                texts.append("".join(map(str, parts)))
    for file in (ROOT / "hookagent").rglob("*.go"):
        if not file.name.endswith("_test.go"):
            texts += [re.sub(r"%[#\w]", "…", text) for text in re.findall(r'"((?:[^"\\]|\\.)*)"', file.read_text())]
    return "\n".join(texts)


def test_refusals_are_quoted_in_their_own_words() -> None:
    quoted = re.findall("“([^”]+)”", (ROOT / "docs" / "troubleshooting.md").read_text())
    assert len(quoted) > 40
    changed = [text for text in quoted if not all(part.strip() in said() for part in text.split("…"))]
    assert changed == [], "gotop does not say that any more: quote what it says now"


# The site


class Loads(HTMLParser):
    """What a page makes a browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"link": "href", "script": "src", "img": "src", "iframe": "src"}.get(tag)
        self.found += [value for name, value in attrs if name == wanted and value]


def test_the_site_is_built_without_warnings_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > 10
    for page in pages:
        loads = Loads()
        loads.feed(page.read_text())
        assert [each for each in loads.found if re.match(r"(https?:)?//", each)] == []
    styles = "".join(file.read_text() for file in tmp_path.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import )['\"]?(?:https?:)?//", styles) == []
