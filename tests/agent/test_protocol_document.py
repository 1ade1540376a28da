"""The protocol's three descriptions agree: hookagent/PROTOCOL.md, structs in hookagent/stream, the dataclasses here.

Each difference is named with its message and key, so that a new key forgotten in one place is found by its name.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_type_hints

import pytest

from gotop.agent.protocol import AgentMessage, Proc, Recorded, Symbols, Tick
from gotop.agent.requests import Request

HOOKAGENT = Path(__file__).parents[2] / "hookagent"
DOCUMENT = (HOOKAGENT / "PROTOCOL.md").read_text()
GO = "\n".join(path.read_text() for path in sorted((HOOKAGENT / "stream").glob("*.go")))
RECORDED_ONLY = (Symbols, Proc, Recorded)
FROM_AGENT = [cls for cls in get_args(AgentMessage) if cls not in RECORDED_ONLY]
REQUESTS = get_args(Request)

# Words in backticks that are no keys of the message they explain: other messages, values, and names of Go's.
NO_KEYS = {
    "attributes": {"go"},
    "attribution": {"bytes", "count", "id"},
    "events": {"gc"},
    "exe": {"exe"},
    "functions": {"symbols"},
    "goroutines": {"go", "stack_inuse"},
    "hello": {"inherit", "run", "set"},
    "set": {"hello", "settings"},
    "size_classes": {"frees", "mallocs", "size"},
    "stacks": {"go", "sampled"},
    "stop": {"ended"},
    "symbols": {"go", "types"},
    "tick": {"attached", "count", "id", "rate", "sampled"},
}  # fmt: skip


class GoField(NamedTuple):
    """A field of a Go struct; `key` is what it is called on the wire, or the name in small letters in a list."""

    key: str
    type: str


def plain(name: str) -> str:
    """A name as Go and Python both have it: `StackBytes` and `stack_bytes` are one."""
    return name.replace("_", "").lower()


def go_struct(name: str) -> tuple[list[GoField], bool]:
    """The fields of a struct without the message's name, and whether it travels as a list."""
    found = re.search(rf"^type {name} struct \{{\n(.*?)^\}}", GO, re.MULTILINE | re.DOTALL)
    assert found, f"hookagent/stream has no struct {name}"
    body = re.sub(r"//.*", "", found[1])
    as_list = "as_array" in body
    return list(_list_fields(body) if as_list else _map_fields(body)), as_list


def _map_fields(body: str) -> Iterator[GoField]:
    for line in filter(None, map(str.strip, body.splitlines())):
        tagged = re.fullmatch(r'\w+\s+(\S+)\s+`msgpack:"(\w+)(?:,omitempty)?"`', line)
        assert tagged, f"a field without a msgpack tag: {line}"
        if tagged[2] != "t":
            yield GoField(tagged[2], tagged[1])


def _list_fields(body: str) -> Iterator[GoField]:
    for line in filter(None, map(str.strip, body.splitlines())):
        if line.startswith("_msgpack"):
            continue
        names, type_ = line.rsplit(None, 1)
        yield from (GoField(plain(name), type_) for name in re.split(r",\s*", names))


def go_message(name: str) -> str:
    """The struct that has this message's name written into it somewhere in Go's sources."""
    found = set(re.findall(rf'\b([A-Z]\w+)\{{\s*T: "{name}"', GO))
    assert len(found) == 1, f"{name} is made of {found or 'no struct'} in hookagent/stream"
    return found.pop()


def nested(hint: Any) -> Any | None:
    """The dataclass inside of an annotation, None for plain values."""
    if dataclasses.is_dataclass(hint):
        return hint
    return next(filter(None, map(nested, get_args(hint))), None)


def differences(cls: Any, struct: str) -> Iterator[str]:
    """What one side has and the other has not, in this message and in what is nested in it."""
    fields, as_list = go_struct(struct)
    hints = get_type_hints(cls)
    ours = [field.name for field in dataclasses.fields(cls)]
    theirs = [field.key for field in fields]
    if as_list != getattr(cls, "AS_LIST", False):
        yield f"{cls.__name__} and Go's {struct}: only one of them travels as a list"
    if as_list and list(map(plain, ours)) != theirs:
        yield f"the list {cls.__name__} is {ours}, Go's {struct} {theirs}"
    elif not as_list:
        yield from (f"{struct} of Go has no {key}, {cls.__name__} has" for key in sorted({*ours} - {*theirs}))
        yield from (f"{cls.__name__} has no {key}, Go's {struct} has" for key in sorted({*theirs} - {*ours}))
    types = {plain(field.key): field.type for field in fields}
    for name in ours:
        inner = nested(hints[name])
        if inner is not None and plain(name) in types:
            yield from differences(inner, types[plain(name)].lstrip("[]*"))


def rows(heading: str) -> dict[str, str]:
    """The table under a heading of PROTOCOL.md: message → what is said of it."""
    section = DOCUMENT.partition(f"## {heading}")[2].partition("\n## ")[0]
    table = section[section.index("|") :].partition("\n\n")[0]
    found = re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE)
    assert found, f"PROTOCOL.md has no table under “{heading}”"
    return dict(found)


def documented(name: str) -> str:
    """All that PROTOCOL.md says of a message of the agent: its row, and for some a part of its own."""
    text = rows("Agent → viewer")[name] if name in rows("Agent → viewer") else rows("Only in recordings")[name]
    if name == "tick":
        text = DOCUMENT.partition("`tick`: \n")[2].partition("\n\n`gc`:")[0]
    if name == "events":
        text += DOCUMENT.partition("\n`gc`: one list")[2].partition("The figures\nare what")[0]
    return text


def words(text: str) -> set[str]:
    """The words in backticks that could be keys: in small letters, without a dot."""
    inside = re.findall(r"`([^`]+)`", text)
    return {word for each in inside for word in re.findall(r"(?<![\w.\"])[a-z][a-z0-9_]*(?![\w.(\"])", each)}


def keys(cls: Any) -> set[str]:
    """A message's keys, and those of what is nested in it."""
    hints = get_type_hints(cls)
    inner = [found for name in hints if (found := nested(hints[name])) is not None]
    return {field.name for field in dataclasses.fields(cls)}.union(*map(keys, inner))


def map_keys(cls: Any) -> set[str]:
    """As `keys`, without the values of lists: those have no key on the wire, and need not be in backticks."""
    hints = get_type_hints(cls)
    inner = [found for name in hints if (found := nested(hints[name])) and not getattr(found, "AS_LIST", False)]
    return {field.name for field in dataclasses.fields(cls)}.union(*map(map_keys, inner))


@pytest.mark.parametrize("cls", FROM_AGENT, ids=lambda cls: cls.NAME)
def test_what_the_agent_sends_is_what_is_read_here(cls: Any) -> None:
    assert not list(differences(cls, go_message(cls.NAME)))


def test_what_is_asked_here_is_what_the_agent_reads() -> None:
    read = {field.key for field in go_struct("Request")[0]}
    sent = {field.name for cls in REQUESTS for field in dataclasses.fields(cls)}
    assert read == sent


@pytest.mark.parametrize("cls", [*FROM_AGENT, *RECORDED_ONLY], ids=lambda cls: cls.NAME)
def test_the_document_names_every_key_of_a_message_and_no_other(cls: Any) -> None:
    text = documented(cls.NAME)
    told = words(text)
    assert not map_keys(cls) - told, f"PROTOCOL.md does not name these keys of {cls.NAME}"
    in_lists = {key for key in keys(cls) - told if not re.search(rf"\b{key.rstrip('s')}", text, re.IGNORECASE)}
    assert not in_lists, f"PROTOCOL.md does not say where these stand in the lists of {cls.NAME}"
    unknown = told - keys(cls) - NO_KEYS.get(cls.NAME, set())
    assert not unknown, f"PROTOCOL.md names these of {cls.NAME}, which are no keys of it (or belong into NO_KEYS)"


@pytest.mark.parametrize("cls", REQUESTS, ids=lambda cls: cls.NAME)
def test_the_document_names_every_key_of_a_request_and_no_other(cls: Any) -> None:
    told = words(rows("Viewer → agent")[cls.NAME])
    assert not map_keys(cls) - told, f"PROTOCOL.md does not name these keys of {cls.NAME}"
    assert not told - map_keys(cls) - NO_KEYS.get(cls.NAME, set()), f"these are no keys of {cls.NAME}"


def test_the_document_has_a_row_for_every_message_and_for_no_other() -> None:
    assert rows("Agent → viewer").keys() == {cls.NAME for cls in FROM_AGENT}
    assert rows("Viewer → agent").keys() == {cls.NAME for cls in REQUESTS}
    assert rows("Only in recordings").keys() == {cls.NAME for cls in RECORDED_ONLY}


def test_the_document_names_every_code_of_an_error_and_no_other() -> None:
    in_go = set(re.findall(r'^\tCode\w+ += "(\w+)"', GO, re.MULTILINE))
    told = DOCUMENT.partition("\nCodes: ")[2].partition("\n\n")[0]
    assert {code for code in words(told) if code not in ("set", "text", "t")} == in_go


def test_a_key_that_one_side_forgot_is_named() -> None:
    @dataclasses.dataclass(frozen=True)
    class Newer(Tick):
        colour: int = 0

    assert list(differences(Newer, "Tick")) == ["Tick of Go has no colour, Newer has"]
