"""A report read again is the session it was made of, to the last byte, as far as it lists stacks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gotop.export.json_readings import report
from gotop.export.json_report import as_json, document
from gotop.export.json_tables import Limits
from gotop.export.profile import Profile, session_profile
from gotop.export.report_profile import NOT_LISTED, ReportError, report_profile
from gotop.model.session import Session
from tests.ui.recorded import messages

WHOLE = Limits(1_000_000, 1_000_000)


@pytest.fixture(scope="module")
def recorded() -> Session:
    session = Session(lambda: 0.0)
    for message in messages():
        session.apply(message)
    return session


def counted(profile: Profile) -> list[Any]:
    return sorted(
        (stack.site, [(f.function, f.line, f.inlined) for f in stack.frames], stack.allocs, stack.bytes)
        for stack in profile.stacks
    )


def test_a_whole_report_is_its_session(recorded: Session) -> None:
    of_session, of_report = session_profile(recorded), report_profile(as_json(recorded, WHOLE).encode())
    assert counted(of_report) == counted(of_session)
    assert of_report.whole == of_session.whole and of_report.seconds == of_session.seconds
    assert of_report.cycles == of_session.cycles and of_report.program == of_session.program


@pytest.mark.parametrize("limits", [Limits(), Limits(3, 1), Limits(0, 0)])
def test_what_a_report_does_not_list_stays_in_its_sums(recorded: Session, limits: Limits) -> None:
    found = report_profile(as_json(recorded, limits).encode())
    for name in ("allocs", "bytes"):
        assert sum(getattr(stack, name) for stack in found.stacks) == getattr(found.whole, name)
    rest = document(recorded, limits)["sites_rest"]
    assert any(stack.site.function == NOT_LISTED for stack in found.stacks) is bool(rest)


def test_schema_1_and_the_last_line_of_readings_are_read(recorded: Session) -> None:
    old = document(recorded, WHOLE)
    for site in old["sites"]:
        for stack in site["stacks"]:
            stack["frames"] = [old["frames"][number] for number in old["stacks"][stack.pop("stack")]]
        site.pop("stacks_rest")
    for key in ("frames", "stacks", "sites_rest"):
        old.pop(key)
    assert counted(report_profile(json.dumps({**old, "schema": 1}).encode())) == counted(session_profile(recorded))
    lines = b'{"event": "reading"}\n' + json.dumps(report(recorded, WHOLE)).encode() + b"\n"
    assert counted(report_profile(lines)) == counted(session_profile(recorded))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no report of gotop's"),
        (b'{"schema": 2}', "no report of gotop's"),
        (b'{"schema": 9, "sites": []}', "schema 9, and this gotop reads 1 and 2"),
        (b'{"schema": 2, "sites": [1], "totals": {}, "seconds": 1}', "damaged"),
        (b'{"schema": 2, "sites": [], "totals": {"allocs": -1, "bytes": 1}, "seconds": 1}', "damaged"),
        (b'{"schema": 2, "sites": [], "totals": {"allocs": 1, "bytes": 1}, "seconds": NaN}', "damaged"),
        (b'{"schema": 2, "sites": [], "stacks": [[-1]], "frames": [], "totals": {}, "seconds": 1}', "damaged"),
    ],
)
def test_what_is_no_report_is_refused_in_a_sentence(data: bytes, says: str) -> None:
    with pytest.raises(ReportError, match=says):
        report_profile(data)
