"""What views and screens use of the app. They know this protocol; the app knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from textual.screen import Screen

from gotop.model.queries import GroupBy, Hide
from gotop.model.session import Session
from gotop.model.values import Frame, SiteKey
from gotop.ui.feed import Feed, Position
from gotop.ui.on_demand_readings import OnDemandReadings
from gotop.ui.time_cursor import TimeCursor


@dataclass(frozen=True)
class ViewerState:
    """What the viewer itself is doing: whether it stops the service and whether that is its own, where a replay stands,
    for how many seconds tables have been paused, and why the feed failed ("" if it has not).
    """

    stopping: bool = False
    owns_service: bool = False
    position: Position | None = None
    paused_s: float | None = None
    failure: str = ""


class Navigation(Protocol):
    """Opens the screens of other subjects. Implemented by `gotop.ui.navigation.Navigation`."""

    def open_site(self, key: SiteKey, hide: Hide | None = None) -> None:
        """Open the stacks of a call site; without `hide`, frames are hidden as in the table of sites."""

    def open_function(self, frame: Frame, hide: Hide) -> None:
        """Open the callers and callees of a function."""

    def open_type(self, name: str) -> None:
        """Open the call sites that allocate a type."""


class Monitor(Protocol):
    """Implemented by `gotop.ui.app.MonitorApp`."""

    session: Session
    feed: Feed
    clock: Callable[[], float]
    """Seconds, of any clock that does not run backwards."""
    time: TimeCursor
    first_group: GroupBy
    """What call sites are grouped by until the user groups them otherwise."""
    on_demand_readings: OnDemandReadings

    @property
    def navigation(self) -> Navigation:
        """The ways to other screens."""

    @property
    def view_keys(self) -> Mapping[str, str]:
        """The key of every view by the view's name, as bound now."""

    def viewer(self) -> ViewerState:
        """Return what the viewer itself is doing."""

    def draw_bars(self) -> None:
        """Draw header and tabs again."""

    def push_screen(self, screen: Screen[Any]) -> object:
        """Lay a screen over the one that is shown."""

    def save(self, data: bytes, extension: str) -> None:
        """Write a new file and say where it is, or why there is none."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: Literal["information", "warning", "error"] = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a sentence for some seconds."""
