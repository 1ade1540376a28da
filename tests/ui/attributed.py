"""What the agent says of the synthetic service's allocations by labels and creators."""

from __future__ import annotations

from collections.abc import Iterable

from gotop.agent.protocol import AttributeDef, Attributes, AttributionDeltas, Message, PprofLabel
from tests.ui.synthetic import START, S, Service


def attribution(seconds: int) -> Iterable[Message]:
    """Three sets of labels and two creators, one of which the service has named."""
    named = Service().opening()
    pcs = next(d.pcs[0] for message in named for d in getattr(message, "defs", ()) if d.kind == 1)
    sets: tuple[dict[str, str], ...] = ({}, {"path": "/orders", "user": "7"}, {"path": "/stock"})
    yield Attributes(tuple(
        AttributeDef(number, creator, tuple(PprofLabel(*pair) for pair in labels.items()), 0, 0)
        for number, (labels, creator) in enumerate([*((each, pcs) for each in sets), (sets[0], 0)])
    ))  # fmt: skip
    for second in range(1, seconds + 1):
        yield AttributionDeltas(START + second * S, START, (0, 9, 900, 1, 50, 5000, 2, 5, 250, 3, 1, 8), (0, 0), "")
