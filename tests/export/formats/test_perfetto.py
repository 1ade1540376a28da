"""The trace, read with Perfetto's own message definitions."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

import pytest
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent

from gotop.export.formats import perfetto
from gotop.export.json_tables import Limits
from gotop.export.registry import ALL, Selection
from gotop.model.queries import Window
from gotop.model.session import Session
from tests.ui.recorded import messages


@pytest.fixture(scope="module")
def recorded() -> Session:
    session = Session(lambda: 0.0)
    for message in messages():
        session.apply(message)
    return session


def read(data: bytes) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Tracks by name, and the packets of events of each."""
    trace, tracks, events = Trace(), {}, defaultdict(list)
    trace.ParseFromString(data)
    names = {}
    for packet in trace.packet:
        if packet.HasField("track_descriptor"):
            about = packet.track_descriptor
            assert about.uuid not in names
            names[about.uuid] = about.name
            tracks[about.name] = about
        else:
            events[names[packet.track_event.track_uuid]].append(packet)
    return tracks, events


def test_counters_are_the_graphs_of_the_session(recorded: Session) -> None:
    tracks, events = read(perfetto.make(recorded, ALL))
    for metric, name in (("bytes", "allocated bytes/s"), ("heap_live", "heap live"), ("goroutines", "goroutines")):
        assert tracks[name].HasField("counter")
        values = [packet.track_event.double_counter_value for packet in events[name]]
        kept = recorded.history(metric, 600)
        assert values == pytest.approx(kept[len(kept) - len(values) :]) and len(kept) - len(values) <= 1 < len(values)
        stamps = [packet.timestamp for packet in events[name]]
        assert {after - before for before, after in pairwise(stamps)} == {500_000_000}
        assert abs(stamps[-1] / 1e9 - recorded.now.at) <= 1


def test_collections_and_stops_are_slices_that_end(recorded: Session) -> None:
    _, events = read(perfetto.make(recorded, ALL))
    cycles = list(recorded.runtime.cycles())
    slices = [packet.track_event for packet in events["garbage collections"]]
    assert [event.name for event in slices if event.name] == [f"GC {cycle.number}" for cycle in cycles] != []
    assert len(events["stops of the world"]) == 2 * len(list(recorded.runtime.pauses()))
    depth = 0
    for event in slices:
        depth += 1 if event.type == TrackEvent.TYPE_SLICE_BEGIN else -1
        assert depth in (0, 1)
    assert {note.name for note in slices[0].debug_annotations} >= {"heap before", "goal"}


def test_sites_are_tracks_whose_sums_are_their_bytes(recorded: Session) -> None:
    tracks, events = read(perfetto.make(recorded, Selection(limits=Limits(3))))
    sites = [name for name in tracks if "." in name and name != "nats-server"]
    assert len(sites) == 3
    stamps = [packet.timestamp for packet in events[sites[0]]]
    assert stamps == sorted(stamps) and len(stamps) > 10


def test_a_window_bounds_it(recorded: Session) -> None:
    _, all_events = read(perfetto.make(recorded, ALL))
    _, events = read(perfetto.make(recorded, Selection(Window.S10)))
    assert 18 <= len(events["heap live"]) <= 22 < len(all_events["heap live"])


def test_a_session_without_a_service_is_a_trace_as_well() -> None:
    assert read(perfetto.make(Session(lambda: 0.0), ALL))[1] == {}
