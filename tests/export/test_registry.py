"""The registry of formats: one of a name, those of the screen first, limits where a format has them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gotop.export import registry
from gotop.export.json_tables import Limits
from gotop.export.registry import Exporter, register, registered
from gotop.model.session import Session


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_registered", {})
    yield


def plain(name: str, of_screen: bool = False) -> Exporter:
    return Exporter(name, name, "txt", lambda session, screen: name.encode(), of_screen=of_screen)


def test_formats_come_in_order_and_the_last_of_a_name_counts(empty: None) -> None:
    for exporter in (plain("b"), plain("z", of_screen=True), plain("a"), plain("y", of_screen=True)):
        register(exporter)
    assert list(registered()) == ["y", "z", "a", "b"]
    other = Exporter("a", "another", "json", lambda session, screen: b"other")
    register(other)
    assert registered()["a"] is other and len(registered()) == 4


def test_what_is_printed_is_what_is_written_unless_the_format_says_otherwise(empty: None) -> None:
    session = Session(lambda: 0.0)
    assert plain("a").printed(session) == b"a"
    both = Exporter("b", "", "x", lambda session, screen: b"file", to_stdout=lambda session: b"line")
    assert (both.printed(session), both.limited(session, Limits(), True), both.limited(session, Limits(), False)) == (
        b"line", b"line", b"file",
    )  # fmt: skip


def test_limits_reach_the_formats_that_have_lists(empty: None) -> None:
    def within(session: Session, limits: Limits, printed: bool) -> bytes:
        return f"{limits.top} {printed}".encode()

    limited = Exporter("c", "", "x", lambda session, screen: b"", within=within)
    assert limited.limited(Session(lambda: 0.0), Limits(top=7), True) == b"7 True"
