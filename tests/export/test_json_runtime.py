"""The runtime in the JSON report: goroutines, collections, pauses, size classes, as the model says them."""

from __future__ import annotations

import json

from gotop.export.json_report import as_json
from gotop.model.session import Session
from tests.streams import session_of
from tests.ui.busy import Busy


def full() -> Session:
    return session_of(Busy().run(20))


def test_cycles_pauses_and_paths_are_those_of_the_model() -> None:
    session = full()
    got, runtime = json.loads(as_json(session)), session.runtime
    assert [each["number"] for each in got["gc"]["collections"]] == [cycle.number for cycle in runtime.cycles()]
    assert len(got["gc"]["pauses"]) == len(runtime.pauses())
    assert {path["path"]: path["bytes"] for path in got["paths"]} == {
        path.path: path.bytes for path in runtime.alloc_paths()
    }
    assert [each["mallocs"] for each in got["size_classes"]] == [each.mallocs for each in runtime.size_classes()]


def test_living_goroutines_are_those_of_the_last_reading() -> None:
    session = full()
    live = session.runtime.live_goroutines()
    got = json.loads(as_json(session))["goroutines"]
    assert live is not None
    assert sum(site["live"] or 0 for site in got["sites"]) == live.user + live.system
