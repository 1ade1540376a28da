"""The registry of formats: one of a name, those of the screen first, and what each is made of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gotop.export import registry
from gotop.export.json_tables import Limits
from gotop.export.profile import Profile
from gotop.export.registry import Exporter, ScreenContent, Selection, of_profile, register, registered
from gotop.model.queries import Window
from gotop.model.session import Session


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_registered", {})
    yield


def plain(name: str) -> Exporter:
    return Exporter(name, name, "txt", lambda session, selection: name.encode())


def of_screen(name: str) -> Exporter:
    def text(screen: ScreenContent) -> bytes:
        return screen.text().encode()

    return Exporter(name, name, "txt", of_screen=text)


def test_formats_come_in_order_and_the_last_of_a_name_counts(empty: None) -> None:
    for exporter in (plain("b"), of_screen("z"), plain("a"), of_screen("y")):
        register(exporter)
    assert list(registered()) == ["y", "z", "a", "b"]
    other = Exporter("a", "another", "json", lambda session, selection: b"other")
    register(other)
    assert registered()["a"] is other and len(registered()) == 4


def test_a_selection_reaches_the_format() -> None:
    def make(session: Session, selection: Selection) -> bytes:
        return f"{selection.limits.top} {selection.printed}".encode()

    selection = Selection(limits=Limits(top=7), printed=True)
    assert Exporter("c", "", "x", make).make(Session(lambda: 0.0), None, selection) == b"7 True"


def test_a_format_of_profiles_is_one_of_sessions_and_windows(session: Session) -> None:
    def make(profile: Profile, selection: Selection) -> bytes:
        return str(profile.whole.bytes).encode()

    exporter = of_profile("d", "", "x", make)
    assert exporter.windows and exporter.of_profile is make
    assert int(exporter.make(session)) == session.totals().bytes
    assert 0 < int(exporter.make(session, None, Selection(Window.NOW))) < session.totals().bytes
