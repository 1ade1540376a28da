"""The seam for what can be made of a session in a file: a name, an extension, and a function.

A format is a module in `gotop.export.formats` with one line that registers it; screen and command line offer it then.
`gotop.export.exporters` has them all. Most formats are made of a `Profile`, so that they can be made of a JSON report,
too; the others of a session.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gotop.export.json_tables import Limits
from gotop.export.profile import Profile, session_profile
from gotop.model.queries import Window
from gotop.model.session import Session


class ScreenContent(Protocol):
    """The screen, as far as a file can be made of it."""

    def text(self) -> str:
        """Its lines, without colours."""

    def svg(self) -> str:
        """A picture of it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is to be written. `type_leaf`: the type is the innermost frame of a stack; `printed`: it goes to stdout."""

    window: Window = Window.TOTAL
    limits: Limits = field(default_factory=Limits)
    type_leaf: bool = False
    printed: bool = False


ALL = Selection()


@dataclass(frozen=True, slots=True)
class Exporter:
    """A format.

    Attributes:
        name: how users call it, as in `--export NAME=FILE`.
        title: what it is, for people.
        extension: of the files that the screen writes, without a dot.
        of_session: makes the file's bytes of a session.
        of_profile: makes them of a profile; None: it needs a session.
        of_screen: makes them of the screen; None: it needs none.
        binary: it is no text, and not to be written to a terminal.
        windows: it can be made of any window, not only of everything.
    """

    name: str
    title: str
    extension: str
    of_session: Callable[[Session, Selection], bytes] | None = None
    of_profile: Callable[[Profile, Selection], bytes] | None = None
    of_screen: Callable[[ScreenContent], bytes] | None = None
    binary: bool = False
    windows: bool = False

    def make(self, session: Session, screen: ScreenContent | None = None, selection: Selection = ALL) -> bytes:
        """Return the file's bytes. The screen is None where there is none; only formats `of_screen` ask for it."""
        if self.of_screen is not None:
            assert screen is not None
            return self.of_screen(screen)
        assert self.of_session is not None
        return self.of_session(session, selection)


def of_profile(
    name: str, title: str, extension: str, make: Callable[[Profile, Selection], bytes], binary: bool = False
) -> Exporter:
    """Return a format that is made of a profile, and so of any window, and of a JSON report."""

    def of_session(session: Session, selection: Selection) -> bytes:
        return make(session_profile(session, selection.window), selection)

    return Exporter(name, title, extension, of_session, make, binary=binary, windows=True)


_registered: dict[str, Exporter] = {}


def register(exporter: Exporter) -> None:
    """Offer a format; one of the same name is replaced."""
    _registered[exporter.name] = exporter


def registered() -> dict[str, Exporter]:
    """By name: first what is made of the screen, then what is made of figures, each in the order of the alphabet."""
    return dict(sorted(_registered.items(), key=lambda item: (item[1].of_screen is None, item[0])))
