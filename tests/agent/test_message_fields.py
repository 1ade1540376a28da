"""Messages as dataclasses: what is accepted of each annotation, and how an error names the field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from gotop.agent.message_fields import MAX_NAME, ProtocolError
from gotop.agent.wire import Codec
from tests.agent.sample_message import CODEC, Point, Sample


def decoded(**values: object) -> object:
    return CODEC.decode({"t": "sample", "points": [], **values})


def test_what_has_a_default_may_be_missing_and_what_is_not_known_is_passed_over() -> None:
    assert decoded(points=[[1], [2, "b", "of a later agent"]], more=1) == Sample((Point(1), Point(2, "b")))
    assert CODEC.decode({"t": "another"}) is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"points": 1}, "sample.points should be a list, is int"),
        ({"points": [[]]}, "sample.points should be a list of 1"),
        ({"points": [["x"]]}, "sample.points.x should be int, is str"),
        ({"count": True}, "sample.count should be int, is bool"),
        ({"share": "1"}, "sample.share should be float"),
        ({"share": float("nan")}, "no figure"),
        ({"count": 13}, "thirteen"),
    ],
)
def test_errors_name_the_field(values: dict[str, object], said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        decoded(**values)


def test_a_whole_number_is_a_float_and_a_long_name_is_cut() -> None:
    assert decoded(share=1) == Sample((), 1.0)
    found = decoded(points=[[1, "x" * (MAX_NAME + 5)]])
    assert isinstance(found, Sample)
    assert len(found.points[0].label) == MAX_NAME and found.points[0].label.endswith("…")


def test_an_annotation_that_does_not_travel_is_a_mistake() -> None:
    @dataclass
    class Wrong:
        NAME: ClassVar[str] = "wrong"
        what: complex

    Wrong.__annotations__["what"] = complex
    with pytest.raises(TypeError, match="does not travel"):
        Codec((Wrong,))
