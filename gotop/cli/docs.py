"""The `docs` command."""

from __future__ import annotations

from pathlib import Path

import click

import gotop
from gotop.cli import output
from gotop.cli.errors import Refusal

PACKAGE = Path(gotop.__file__).parent
PLACES = (PACKAGE / "docs", PACKAGE.parent / "docs")
"""As installed, and in a source tree."""


@click.command("docs")
@click.argument("page", required=False)
def command(page: str | None) -> int:
    """Show the documentation that was installed with gotop.

    Without PAGE, which pages there are and where they lie.
    """
    pages = find_pages()
    if page is None:
        output.write_lines(f"  gotop docs {name:<16} {_title(file)}" for name, file in pages.items())
        output.write_lines([f"They are Markdown, in {next(iter(pages.values())).parent}"])
        return 0
    file = pages.get(page.removesuffix(".md"))
    if file is None:
        raise click.BadParameter(f"there is no page {page!r}; the pages are {', '.join(pages)}.", param_hint="PAGE")
    output.write_paged(file.read_text("utf-8"))
    return 0


def find_pages() -> dict[str, Path]:
    """Every page by its name, the guide first. Raises Refusal."""
    place = next((place for place in PLACES if place.is_dir()), None)
    if place is None:
        raise Refusal(f"{PLACES[0]} is missing: this installation is incomplete. Reinstall gotop with pip.")
    return {file.stem: file for file in sorted(place.glob("*.md"), key=lambda file: (file.stem != "guide", file.stem))}


def _title(file: Path) -> str:
    with file.open(encoding="utf-8") as lines:
        return next(lines, "").lstrip("# ").strip()
