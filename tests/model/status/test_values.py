"""What the values about a service say of themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gotop.model.status import from_protocol
from gotop.model.status.values import Price, is_whole
from tests.streams import hello


@pytest.mark.parametrize(
    ("exe", "args", "program"),
    [
        ("/srv/service", ("./service", "-v"), "/srv/service"),
        ("/proc/42/exe", ("/app/api", "-v"), "/app/api"),
        ("/proc/42/exe", (), "/proc/42/exe"),
        ("/proc/42/exe", ("",), "/proc/42/exe"),
        ("/srv/proc/42/exe", ("other",), "/srv/proc/42/exe"),
    ],
)
def test_a_program_whose_file_has_no_path_is_called_as_it_was_started(
    exe: str, args: tuple[str, ...], program: str
) -> None:
    assert replace(from_protocol.target(hello()), exe=exe, args=args).program == program


def test_a_coverage_is_whole_to_a_thousandth() -> None:
    assert [is_whole(coverage) for coverage in (0.9989, 0.999, 1.0, 1.001, 1.0011)] == [False, True, True, True, False]


def test_a_price_without_an_upper_end_is_only_a_least() -> None:
    assert (Price(0.02, 0.01, 0.03).measured, Price(0.02, 0.01, 0.0).measured) == (True, False)
