"""What the screen needs from outside: a source of messages, and the few commands a user can give it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gotop.model.session import Session


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a feed can do; keys for what it cannot do are not offered.

    `owns_service`: quitting stops the service, and the screen waits for its end. `live`: figures come from a running
    service, at an interval that can be set. `replay`: there is a position, a speed and a pause of the source itself.
    """

    owns_service: bool = False
    live: bool = True
    replay: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a replay stands: seconds from the start of the recording, and times real time. `paused`: or at its end."""

    at: float
    length: float
    speed: float
    paused: bool


class Feed(Protocol):
    """Implemented by the CLI. Everything is called on the app's event loop and must not block it."""

    @property
    def abilities(self) -> Abilities:
        """What this feed can do. Does not change."""

    @property
    def position(self) -> Position | None:
        """Where the replay stands; None in a live session."""

    async def run(self, session: Session) -> None:
        """Apply messages to the session until the stream is over for good. Cancelled when the app ends."""

    async def stop(self) -> None:
        """End what this feed owns (the service) and return when it is gone. Called at most once, when quitting."""

    async def set_interval(self, milliseconds: int) -> None:
        """Ask for a reading every so often."""

    async def set_mode(self, mode: str) -> None:
        """Live only: keep more or less of every allocation, see `gotop.ui.service_settings.MODES`."""

    async def set_budget(self, share: float) -> None:
        """Live only: what the hooks may take of the service's CPU time (0 to 1); 0: any."""

    async def set_attribution(self, wanted: bool) -> None:
        """Live only: have allocations counted by labels and creators, or do without."""

    async def set_goroutines(self, wanted: bool) -> None:
        """Live only: ask for readings of all goroutines, or for no more of them."""

    async def set_paused(self, paused: bool) -> None:
        """Replay only: halt the source or let it go on; at its end, from the start."""

    async def set_speed(self, speed: float) -> None:
        """Replay only: times real time."""

    async def seek(self, seconds: float) -> None:
        """Replay only: move by so many seconds, backwards if negative."""
