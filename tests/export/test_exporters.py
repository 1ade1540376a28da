"""What can be exported: the registry, and formats of others read as those others would."""

from __future__ import annotations

import gzip
import json
import pkgutil
import shutil
import subprocess
from pathlib import Path

import pytest

from gotop.export import formats, registry
from gotop.export.exporters import EXPORTERS
from gotop.export.formats import folded, pprof, speedscope
from gotop.export.registry import Exporter, ScreenContent, register, registered
from gotop.model.session import Session
from tests.ui.synthetic import Service


class Paper:
    """A screen."""

    def text(self) -> str:
        return "a line\n"

    def svg(self) -> str:
        return "<svg/>"


@pytest.fixture(scope="module")
def session() -> Session:
    session = Session(lambda: 0.0)
    for message in Service().run(5):
        session.apply(message)
    return session


def test_every_exporter_makes_something_also_of_a_session_without_a_service(session: Session) -> None:
    for exporter in EXPORTERS.values():
        assert exporter.make(session, Paper())
        exporter.make(Session(lambda: 0.0), Paper())
    assert EXPORTERS["screen"].make(session, Paper()) == b"a line\n"
    assert json.loads(EXPORTERS["json"].make(session, Paper()))["schema"] == 1


def test_figures_are_exported_without_a_screen(session: Session) -> None:
    for exporter in EXPORTERS.values():
        assert exporter.of_screen or (exporter.make(session, None) and exporter.printed(session))


def test_json_is_one_line_on_stdout_and_indented_in_a_file(session: Session) -> None:
    printed, written = EXPORTERS["json"].printed(session), EXPORTERS["json"].make(session, None)
    assert json.loads(printed) == json.loads(written)
    assert printed.count(b"\n") == 1 < written.count(b"\n")


def test_another_format_is_another_line(session: Session) -> None:
    def count(session: Session, _: ScreenContent | None) -> bytes:
        return str(session.totals().allocs).encode()

    register(Exporter("mine", "mine", "mine", count))
    try:
        assert int(registered()["mine"].make(session, None)) == session.totals().allocs
    finally:
        registry._registered.pop("mine")


def test_every_module_of_formats_registers_something() -> None:
    modules = {exporter.make.__module__ for exporter in EXPORTERS.values()}
    assert modules == {f"gotop.export.formats.{found.name}" for found in pkgutil.iter_modules(formats.__path__)}


def test_folded_stacks_hold_every_byte_with_the_type_innermost(session: Session) -> None:
    lines = folded.make(session).decode().splitlines()
    assert sum(int(line.rpartition(" ")[2]) for line in lines) == session.totals().bytes
    assert any(line.rpartition(" ")[0].endswith(";main.Order") and line.startswith("runtime.goexit;") for line in lines)


def test_speedscope_holds_every_byte_and_object(session: Session) -> None:
    found = json.loads(speedscope.make(session))
    by_bytes, by_objects = found["profiles"]
    assert sum(by_bytes["weights"]) == by_bytes["endValue"] == session.totals().bytes
    assert sum(by_objects["weights"]) == session.totals().allocs
    assert max(max(sample) for sample in by_bytes["samples"]) == len(found["shared"]["frames"]) - 1


@pytest.mark.skipif(shutil.which("go") is None, reason="needs go tool pprof")
def test_go_tool_pprof_reads_the_profile(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "profile.pb.gz"
    file.write_bytes(pprof.make(session))
    said = subprocess.run(["go", "tool", "pprof", "-raw", str(file)], capture_output=True, text=True, check=True).stdout
    assert "alloc_objects/count alloc_space/bytes" in said
    assert "main.(*store).scan" in said and "type:[main.Order]" in said


def test_the_profile_holds_every_object_and_byte(session: Session) -> None:
    data = gzip.decompress(pprof.make(session))
    assert b"encoding/json.(*decodeState).object" in data
