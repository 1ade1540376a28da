"""mkdocs hook: pages of the site that do not lie in docs/, and links that are right both there and in the repository.

README.md, ARCHITECTURE.md and their like belong at the repository's root. In every file links are relative to the file
itself; on the site, a link to another page leads to that page, and a link to a source file becomes its name.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "GLOSSARY.md": "glossary.md",
    "CHANGELOG.md": "changelog.md",
    "hookagent/PROTOCOL.md": "protocol.md",
    "hookagent/PORTING.md": "porting.md",
}
"""Files of the repository → pages of the site."""

PICTURES = "screenshots"
_LINK = re.compile(r"(!?)\[(?P<text>[^\]]*)\]\((?P<path>[^)#\s:]*)(?P<anchor>#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages and the pictures."""
    for source, page in PAGES.items():
        text = (ROOT / source).read_text("utf-8")
        files.append(File.generated(config, page, content=site_links(text, source)))
    for picture in sorted((ROOT / PICTURES).glob("*.png")):
        files.append(File.generated(config, f"{PICTURES}/{picture.name}", abs_src_path=str(picture)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead the links of a page in docs/ to where the site has their targets."""
    source = page.file.src_uri
    return markdown if source in PAGES.values() else site_links(markdown, f"docs/{source}")


def site_links(text: str, source: str) -> str:
    """The Markdown of the repository's file `source` with the site's links."""
    return _LINK.sub(lambda link: _site_link(link, posixpath.dirname(source)), text)


def _site_link(link: re.Match[str], directory: str) -> str:
    picture, text, anchor = link[1], link["text"], link["anchor"] or ""
    if not link["path"]:  # within the page
        return link[0]
    target = posixpath.normpath(posixpath.join(directory, link["path"]))
    if target in PAGES:
        return f"[{text}]({PAGES[target]}{anchor})"
    if target.startswith(f"{PICTURES}/"):
        return f"{picture}[{text}]({target})"
    if target.startswith("docs/"):
        return f"[{text}]({target.removeprefix('docs/')}{anchor})"
    return text
