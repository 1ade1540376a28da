"""What a greeting has in common with the one before, and which modes were in force."""

from __future__ import annotations

from gotop.agent.protocol import SAMPLE_ONLY, Settings
from gotop.model.status.values import ModeChange
from gotop.model.status.watched_service import MODES_KEPT, Continuity, WatchedService
from tests.streams import START, hello


def test_before_the_first_greeting_nothing_is_known() -> None:
    service = WatchedService()
    assert (service.target, service.started, service.partial, service.sample_only) == (None, 0, (), False)
    assert not service.change_settings(Settings("count", 8, 500), 1.0)
    assert service.target is None and service.modes == []


def test_the_first_greeting() -> None:
    service = WatchedService()
    assert service.greet(hello(partial=("why",)), 0.0) == Continuity(True, False, False)
    assert service.target and (service.target.pid, service.started, service.partial) == (4242, START, ("why",))
    assert service.modes == [ModeChange(0.0, "exact")]


def test_what_a_greeting_has_in_common_with_the_one_before() -> None:
    service = WatchedService()
    service.greet(hello(), 0.0)
    assert service.greet(hello(), 1.0) == Continuity(False, True, True)
    assert service.greet(hello(pid=77), 2.0) == Continuity(False, True, False), "started again from the same binary"
    assert service.greet(hello(pid=77, started=START + 1), 3.0) == Continuity(False, True, False)
    assert service.greet(hello(pid=77, build_id="other"), 4.0) == Continuity(False, False, False)
    assert service.greet(hello(pid=77, exe="/srv/other", build_id="other"), 5.0).same_program is False


def test_modes_are_those_of_one_process_and_each_is_noted_when_it_changes() -> None:
    service = WatchedService()
    service.greet(hello(), 0.0)
    assert service.change_settings(Settings("exact", 8, 500, 9), 1.0)
    assert service.change_settings(Settings("sites", 8, 500, 9), 2.0)
    assert service.modes == [ModeChange(0.0, "exact"), ModeChange(2.0, "sites")]
    assert service.target and (service.target.mode, service.target.depth, service.target.rate) == ("sites", 8, 9)
    service.greet(hello(mode="sites"), 3.0)
    assert len(service.modes) == 2, "the same process goes on"
    service.greet(hello(pid=77, mode=SAMPLE_ONLY), 4.0)
    assert service.modes == [ModeChange(4.0, SAMPLE_ONLY)] and service.sample_only


def test_of_many_modes_the_last_are_kept() -> None:
    service = WatchedService()
    service.greet(hello(), 0.0)
    for number in range(3 * MODES_KEPT):
        service.change_settings(Settings("sites" if number % 2 else "count", 8, 500), float(number))
    assert len(service.modes) == MODES_KEPT
    assert service.modes[-1] == ModeChange(3.0 * MODES_KEPT - 1, "sites")
