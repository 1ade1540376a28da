"""hookagent/PROTOCOL.md, Go's structures and Python's dataclasses name the same messages with the same keys."""

from __future__ import annotations

import re
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from gotop.agent import protocol, requests

AGENT = Path(__file__).parents[2] / "hookagent"
PAGE = (AGENT / "PROTOCOL.md").read_text()
NESTED = ("totals", "runtime", "agent")
"""Keys of a tick that are maps themselves."""


def described(heading: str) -> dict[str, str]:
    """Message → what the table of a section says of its keys. A tick has tables and paragraphs of its own."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE))
    if "tick" in rows:
        own = section.partition("`tick`: \n")[2]
        for key in re.findall(r"^\| (`[^|]*) \|", own, re.MULTILINE):
            for name in re.findall(r"`(\w+)`", key):
                rows.pop(name, None)
        rows["tick"] = own
    return rows


def python(codec: object) -> dict[str, set[str]]:
    """Message → its fields."""
    names = codec._names  # type: ignore[attr-defined]
    return {name: {field.name for field in fields(kind)} for kind, name in names.items()}


@lru_cache(maxsize=1)
def go() -> dict[str, set[str]]:
    """Structure → the tags of its fields."""
    text = "\n".join(file.read_text() for file in (AGENT / "stream").glob("*.go") if not file.name.endswith("_test.go"))
    structures = re.findall(r"^type (\w+) struct \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    return {name: set(re.findall(r'msgpack:"(\w+)"', body)) for name, body in structures}


def go_messages() -> dict[str, set[str]]:
    """Message → its keys, of what the agent says: structures with a `t`, which is set where they are made."""
    text = "\n".join(file.read_text() for file in AGENT.rglob("*.go"))
    names = dict(re.findall(r'\b(\w+)\{\s*T: +"(\w+)"', text))
    return {names[name]: tags - {"t"} for name, tags in go().items() if "t" in tags and name != "Request"}


SAID, ASKED = described("Agent → viewer"), described("Viewer → agent")
ONLY_RECORDED = described("Only in recordings (added by the viewer, same framing)")


def test_every_message_is_in_the_document_in_go_and_in_python() -> None:
    assert set(SAID) == set(go_messages())
    assert set(SAID) | set(ONLY_RECORDED) == set(python(protocol._AGENT))
    assert set(ASKED) == set(python(requests._CODEC))


@pytest.mark.parametrize("message", SAID)
def test_what_the_agent_says_has_the_same_keys_everywhere(message: str) -> None:
    keys = python(protocol._AGENT)[message]
    assert go_messages()[message] == keys
    assert keys <= set(re.findall(r"`(\w+)`", SAID[message])), f"{message}: a key is not in PROTOCOL.md"


@pytest.mark.parametrize("message", ONLY_RECORDED)
def test_what_only_recordings_have_is_in_the_document(message: str) -> None:
    assert python(protocol._AGENT)[message] <= set(re.findall(r"`(\w+)`", ONLY_RECORDED[message]))


@pytest.mark.parametrize("message", ASKED)
def test_what_a_viewer_asks_has_the_same_keys_everywhere(message: str) -> None:
    keys = python(requests._CODEC)[message]
    assert keys <= go()["Request"]
    assert keys <= set(re.findall(r"`(\w+)`", ASKED[message])), f"{message}: a key is not in PROTOCOL.md"


@pytest.mark.parametrize("key", NESTED)
def test_what_a_tick_is_made_of_has_the_same_keys_everywhere(key: str) -> None:
    hint = get_type_hints(protocol.Tick)[key]
    keys = {field.name for field in fields((get_args(hint) or (hint,))[0])}
    stream = "\n".join(file.read_text() for file in (AGENT / "stream").glob("*.go"))
    structure = re.findall(rf'^\t\w+ +\*?(\w+) +`msgpack:"{key}"`', stream, re.MULTILINE)
    assert any(go()[name] == keys for name in structure if name in go())
    assert keys <= set(re.findall(r"`(\w+)`", SAID["tick"])), f"{key}: a key is not in PROTOCOL.md"
