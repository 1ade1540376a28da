"""The page is one file without a network; what it shows, a real browser tells: Chromium without a window."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from gotop.export.formats import html_page
from gotop.export.json_tables import Limits
from gotop.export.profile import Profile, session_profile
from gotop.export.registry import ALL, Selection
from gotop.model.session import Session
from tests.cli.test_browser import chromium as chromium


def data_of(page: bytes) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.decode(), re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def test_rows_add_up_to_the_whole(session: Session) -> None:
    totals = session.totals()
    for selection in (ALL, Selection(limits=Limits(2))):
        data = data_of(html_page.of_session(session, selection))
        rows = [*data["sites"], *data["rest"]]
        assert sum(row["bytes"] for row in rows) == data["bytes"] == totals.bytes
        assert sum(row["allocs"] for row in rows) == data["allocs"] == totals.allocs
    assert len(data["sites"]) == 2 and "more call sites" in data["rest"][0]["function"]


def test_boxes_hold_what_they_call(session: Session) -> None:
    boxes = data_of(html_page.of_session(session, ALL))["flame"]
    assert boxes[0] == [0, "all", sum(stack.bytes for stack in session_profile(session).stacks)]
    for place, (depth, _, size) in enumerate(boxes):
        below = boxes[place + 1 :]
        end = next((at for at, box in enumerate(below) if box[0] <= depth), len(below))
        assert sum(box[2] for box in below[:end] if box[0] == depth + 1) in (0, size)


def test_a_stack_may_be_deeper_than_pythons_own(session: Session) -> None:
    profile = session_profile(session)
    stack = profile.stacks[0]
    deep = dataclasses.replace(stack, calls=stack.calls * 3000)
    boxes = html_page.flame(dataclasses.replace(profile, stacks=(deep,)))
    assert max(depth for depth, _, _ in boxes) >= 3000
    assert html_page.of_profile(dataclasses.replace(profile, stacks=(deep,)), ALL)


def test_there_are_graphs_where_there_is_a_time_line(session: Session) -> None:
    assert [each["title"] for each in data_of(html_page.of_session(session, ALL))["series"]][:2] == [
        "bytes a second", "allocations a second",
    ]  # fmt: skip
    assert data_of(html_page.of_profile(session_profile(session), ALL))["series"] == []


def shown(chromium: str, page: bytes, tmp_path: Path, state: str = "") -> str:
    """What the page has made of itself, as its elements."""
    file = tmp_path / "page.html"
    file.write_bytes(page)
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    order = [chromium, *options, "--virtual-time-budget=5000", "--dump-dom", f"{file.as_uri()}#{state}"]
    home = {**os.environ, "HOME": str(tmp_path)}
    dumped = subprocess.run(order, capture_output=True, text=True, check=False, timeout=240, env=home)
    assert "</html>" in dumped.stdout, dumped.stderr[-2000:]
    return re.sub(r"<script.*?</script>", "", dumped.stdout, flags=re.DOTALL)


def functions_of(dumped: str) -> list[str]:
    """The functions of all rows, in order."""
    body = dumped[dumped.index('<tbody id="rows">') : dumped.index("</tbody>")]
    return re.findall(r'<tr><td title="(.*?)">', body)


def test_a_browser_shows_it(chromium: str, session: Session, tmp_path: Path) -> None:
    profile = session_profile(session)
    dumped = shown(chromium, html_page.of_session(session, ALL), tmp_path)
    keys = list(profile.sites())
    assert functions_of(dumped)[: len(keys)] == [key.function for key in keys], "most bytes first"
    assert dumped.count("<polyline") >= 2
    boxes = re.findall(r"<button[^>]*>(.*?)</button>", dumped)
    assert boxes[0] == "all" and len(boxes) > 3

    page = html_page.of_session(session, ALL)
    names = functions_of(shown(chromium, page, tmp_path, "sort=function&order=up"))[: len(keys)]
    assert names == sorted(names)
    name = keys[0].function
    filtered = functions_of(shown(chromium, page, tmp_path, f"filter={name}"))
    assert filtered and set(filtered) == {key.function for key in keys if name in key.function}


def test_names_are_text_and_nothing_else(chromium: str, session: Session, tmp_path: Path) -> None:
    """A function, a type or a program may be called anything: a binary says so."""
    evil = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    profile = session_profile(session)
    stacks = tuple(
        dataclasses.replace(stack, site=dataclasses.replace(stack.site, function=evil, type=evil))
        for stack in profile.stacks
    )
    named: Profile = dataclasses.replace(profile, stacks=stacks, program=f"/srv/{evil}", notes=(evil,))
    dumped = shown(chromium, html_page.of_profile(named, ALL), tmp_path)
    title = re.search(r"<title>(.*?)</title>", dumped)
    assert title and title[1].startswith("Allocations of") and "owned" in title[1] and title[1] != "owned"
    assert "<img" not in dumped
    assert not re.search(r'(?:src|href)="', dumped), "nothing is fetched"
