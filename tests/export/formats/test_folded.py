"""Folded stacks hold all that was allocated."""

from __future__ import annotations

from gotop.export.formats import folded
from gotop.export.profile import session_profile
from gotop.export.registry import ALL
from gotop.model.session import Session


def test_folded_stacks_hold_every_byte_with_the_type_innermost(session: Session) -> None:
    lines = folded.make(session_profile(session), ALL).decode().splitlines()
    assert sum(int(line.rpartition(" ")[2]) for line in lines) == session.totals().bytes
    assert any(line.rpartition(" ")[0].endswith(";main.Order") and line.startswith("runtime.goexit;") for line in lines)
