"""The seam for what can be made of a session in a file: a name, an extension, and a function.

A format is a module in `gotop.export.formats` with one line that registers it; screen and command line offer it then.
`gotop.export.exporters` has them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gotop.export.json_tables import Limits
from gotop.model.session import Session


class ScreenContent(Protocol):
    """The screen, as far as a file can be made of it."""

    def text(self) -> str:
        """Its lines, without colours."""

    def svg(self) -> str:
        """A picture of it."""


@dataclass(frozen=True, slots=True)
class Exporter:
    """A format.

    Attributes:
        name: how users call it, as in `--export NAME=FILE`.
        title: what it is, for people.
        extension: of the files that the screen writes, without a dot.
        make: the file's bytes. The screen is None where there is none; only formats that are `of_screen` ask for it.
        of_screen: it is made of the screen, so that there has to be one.
        binary: it is no text, and not to be written to a terminal.
        to_stdout: what is printed on stdout in the file's place; None: the same.
        within: makes it with limits of lists, for stdout if the last argument is true; None: it has none.
    """

    name: str
    title: str
    extension: str
    make: Callable[[Session, ScreenContent | None], bytes]
    of_screen: bool = False
    binary: bool = False
    to_stdout: Callable[[Session], bytes] | None = None
    within: Callable[[Session, Limits, bool], bytes] | None = None

    def limited(self, session: Session, limits: Limits, printed: bool) -> bytes:
        """What is written to a file, or to stdout, by the command line."""
        if self.within is not None:
            return self.within(session, limits, printed)
        return self.printed(session) if printed else self.make(session, None)

    def printed(self, session: Session) -> bytes:
        """What is written to stdout."""
        return self.to_stdout(session) if self.to_stdout else self.make(session, None)


_registered: dict[str, Exporter] = {}


def register(exporter: Exporter) -> None:
    """Offer a format; one of the same name is replaced."""
    _registered[exporter.name] = exporter


def registered() -> dict[str, Exporter]:
    """By name: first what is made of the screen, then what is made of figures, each in the order of the alphabet."""
    return dict(sorted(_registered.items(), key=lambda item: (not item[1].of_screen, item[0])))
