"""The seam for what can be made of a session in a file: a name, an extension, and a function.

    EXPORTERS["folded"].make(session, screen) -> bytes

`screen` is what is shown while it is asked for; those who export figures only do not look at it. Another format is
another entry, and needs nothing else to be offered.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gotop.export.formats import folded, pprof, speedscope
from gotop.export.json_report import document
from gotop.export.text_report import as_text
from gotop.model.session import Session


class ScreenContent(Protocol):
    """The screen, as far as a file can be made of it."""

    def text(self) -> str:
        """Its lines, without colours."""

    def svg(self) -> str:
        """A picture of it."""


@dataclass(frozen=True, slots=True)
class Exporter:
    """`title` says what it is, for people; `extension` has no dot; `of_screen`: there has to be one."""

    name: str
    title: str
    extension: str
    make: Callable[[Session, ScreenContent], bytes]
    of_screen: bool = False


EXPORTERS: dict[str, Exporter] = {}


def register(exporter: Exporter) -> None:
    """Offer a format; one of the same name is replaced."""
    EXPORTERS[exporter.name] = exporter


def _json(session: Session, _: ScreenContent) -> bytes:
    return (json.dumps(document(session), allow_nan=False, indent=1) + "\n").encode()


for _each in (
    Exporter("screen", "the screen as text", "txt", lambda _, screen: screen.text().encode(), of_screen=True),
    Exporter("picture", "the screen as an SVG picture", "svg", lambda _, screen: screen.svg().encode(), of_screen=True),
    Exporter("json", "all figures as JSON", "json", _json),
    Exporter("report", "the report as text", "report.txt", lambda session, _: as_text(session).encode()),
    Exporter("folded", "stacks, folded, for flamegraph.pl and the like", "folded", lambda s, _: folded.make(s)),
    Exporter("pprof", "a profile for go tool pprof", "pb.gz", lambda session, _: pprof.make(session)),
    Exporter("speedscope", "a profile for speedscope.app", "speedscope.json", lambda s, _: speedscope.make(s)),
):
    register(_each)
