"""Which service is watched and how, as the agent's greetings and changes of settings say."""

from __future__ import annotations

from dataclasses import dataclass

from gotop.agent import protocol
from gotop.model.status import from_protocol
from gotop.model.status.values import ModeChange, Target

MODES_KEPT = 50


@dataclass(frozen=True, slots=True)
class Continuity:
    """What a greeting has in common with the one before it. `first`: there was none; `same_program`: stack ids and
    addresses mean the same code; `same_process`: its counters may go on.
    """

    first: bool
    same_program: bool
    same_process: bool


class WatchedService:
    """The service that the agent speaks of.

    Attributes:
        target: the service and how it is watched, None before the first greeting.
        modes: the modes that the hooks went over to since this process is watched, the last of them in force.
    """

    def __init__(self) -> None:
        self.target: Target | None = None
        self.modes: list[ModeChange] = []
        self._hello: protocol.Hello | None = None

    @property
    def started(self) -> int:
        """Agent time (ns) of the service's start, 0 before the first greeting."""
        return self._hello.started if self._hello else 0

    @property
    def sample_only(self) -> bool:
        """Whether nothing is hooked."""
        return self.target is not None and self.target.sample_only

    @property
    def partial(self) -> tuple[str, ...]:
        """What the agent cannot count in full, as texts for people."""
        return self._hello.partial if self._hello else ()

    def greet(self, hello: protocol.Hello, at: float) -> Continuity:
        """Note a greeting that came when the last reading was of `at` (agent time, s)."""
        before, self._hello = self._hello, hello
        self.target = from_protocol.target(hello)
        continuity = Continuity(
            first=before is None,
            same_program=before is not None and (before.exe, before.build_id) == (hello.exe, hello.build_id),
            same_process=before is not None and (before.pid, before.started) == (hello.pid, hello.started),
        )
        if not continuity.same_process:
            self.modes.clear()
        self._note_mode(hello.mode, at)
        return continuity

    def change_settings(self, settings: protocol.Settings, at: float) -> bool:
        """Note the settings now in force, as in `greet`; return False where there was no greeting yet."""
        if self._hello is None:
            return False
        self._hello = from_protocol.changed(self._hello, settings)
        self.target = from_protocol.target(self._hello)
        self._note_mode(settings.mode, at)
        return True

    def _note_mode(self, mode: str, at: float) -> None:
        if not self.modes or self.modes[-1].mode != mode:
            self.modes.append(ModeChange(at, mode))
            del self.modes[:-MODES_KEPT]
