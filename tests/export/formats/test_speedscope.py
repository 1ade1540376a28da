"""speedscope's format holds all that was allocated."""

from __future__ import annotations

import json

from gotop.export.formats import speedscope
from gotop.export.profile import session_profile
from gotop.export.registry import ALL
from gotop.model.session import Session


def test_speedscope_holds_every_byte_and_object(session: Session) -> None:
    found = json.loads(speedscope.make(session_profile(session), ALL))
    by_bytes, by_objects = found["profiles"]
    assert sum(by_bytes["weights"]) == by_bytes["endValue"] == session.totals().bytes
    assert sum(by_objects["weights"]) == session.totals().allocs
    assert max(max(sample) for sample in by_bytes["samples"]) == len(found["shared"]["frames"]) - 1
