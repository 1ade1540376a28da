"""What can be exported: the registry, and formats of others read as those others would."""

from __future__ import annotations

import json
import pkgutil

from gotop.export import formats, registry
from gotop.export.exporters import EXPORTERS
from gotop.export.registry import Exporter, Selection, register, registered
from gotop.model.session import Session


class Paper:
    """A screen."""

    def text(self) -> str:
        return "a line\n"

    def svg(self) -> str:
        return "<svg/>"


def test_every_exporter_makes_something_also_of_a_session_without_a_service(session: Session) -> None:
    for exporter in EXPORTERS.values():
        assert exporter.make(session, Paper())
        exporter.make(Session(lambda: 0.0), Paper())
    assert EXPORTERS["screen"].make(session, Paper()) == b"a line\n"
    assert json.loads(EXPORTERS["json"].make(session, Paper()))["schema"] == 2


def test_figures_are_exported_without_a_screen(session: Session) -> None:
    for exporter in EXPORTERS.values():
        assert exporter.of_screen or exporter.make(session, None, Selection(printed=True))


def test_json_is_one_line_on_stdout_and_indented_in_a_file(session: Session) -> None:
    printed = EXPORTERS["json"].make(session, None, Selection(printed=True))
    written = EXPORTERS["json"].make(session, None)
    assert json.loads(printed) == json.loads(written)
    assert printed.count(b"\n") == 1 < written.count(b"\n")


def test_another_format_is_another_line(session: Session) -> None:
    def count(session: Session, _: Selection) -> bytes:
        return str(session.totals().allocs).encode()

    register(Exporter("mine", "mine", "mine", count))
    try:
        assert int(registered()["mine"].make(session, None)) == session.totals().allocs
    finally:
        registry._registered.pop("mine")


def test_every_module_of_formats_registers_something() -> None:
    makers = [each.of_screen or each.of_profile or each.of_session for each in EXPORTERS.values()]
    modules = {maker.__module__ for maker in makers if maker}
    assert modules == {f"gotop.export.formats.{found.name}" for found in pkgutil.iter_modules(formats.__path__)}
