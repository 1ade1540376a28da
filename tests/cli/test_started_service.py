"""The exit code that gotop passes on."""

from __future__ import annotations

import signal

import pytest

from gotop.agent.protocol import Ended
from gotop.cli.started_service import exit_code


def ended(code: int | None = None, signal: int | None = None, by_us: bool = False, detached: bool = False) -> Ended:
    return Ended(0, code, signal, False, by_us, detached)


@pytest.mark.parametrize(
    ("how", "as_asked", "code"),
    [
        (ended(code=0), False, 0), (ended(code=3), False, 3), (ended(signal=signal.SIGSEGV), False, 128 + 11),
        (ended(signal=signal.SIGTERM, by_us=True), False, 0), (ended(code=3, by_us=True), True, 0),
        (ended(code=3, by_us=True), False, 3), (ended(signal=signal.SIGKILL), True, 128 + 9),
        (ended(detached=True, code=3), False, 0), (None, False, 0),
    ],
)  # fmt: skip
def test_it_is_the_services_own_unless_gotop_ended_it(how: Ended | None, as_asked: bool, code: int) -> None:
    assert exit_code(how, as_asked) == code
