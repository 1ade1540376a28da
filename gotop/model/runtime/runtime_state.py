"""What a session knows of the runtime beside allocations: it takes the messages, `RuntimeAt` answers."""

from __future__ import annotations

from gotop.agent import protocol
from gotop.model.counts.stack_table import Ledger
from gotop.model.counts.timeline import Timeline
from gotop.model.runtime.runtime_moment import Known, RuntimeAt
from gotop.model.symbols.symbol_table import Names


class Runtime(RuntimeAt):
    """The runtime of one service, now. `Session.runtime`."""

    def __init__(self) -> None:
        super().__init__(Known(), Timeline())
        self._then: RuntimeAt | None = None

    def bind(self, ledger: Ledger, names: Names, timeline: Timeline) -> None:
        """Count from these, from now on."""
        self._known.bind(ledger, names)
        self.timeline = timeline

    def begin(self, started: int) -> None:
        """Another service follows, which was started then."""
        if started != self._known.started:
            self.clear()
        self._known.started = started

    def clear(self) -> None:
        """Forget what was."""
        self._known.clear()
        self._then = None

    def as_of(self, timeline: Timeline) -> RuntimeAt:
        """What the answers were at a moment that stands still (`Moment.timeline`)."""
        if self._then is None or self._then.timeline is not timeline:
            self._then = RuntimeAt(self._known, timeline, still=True)
        return self._then

    def apply(
        self, message: protocol.Events | protocol.GoroutineReading | protocol.SizeClasses | protocol.RuntimeStat
    ) -> int:
        """Take one message; returns for how many ns the world stood still."""
        known = self._known
        match message:
            case protocol.Events():
                known.cycles.add(message.gc, known.started)
                return known.pauses.add(message.stw, known.started)
            case protocol.GoroutineReading():
                known.crowd.take(message)
            case protocol.SizeClasses():
                known.classes.take(message)
            case protocol.RuntimeStat():
                known.levels.take(message, known.started)
        return 0

    def name_waits(self, names: tuple[str, ...]) -> None:
        """The names of goroutines' reasons to wait, by number."""
        self._known.crowd.name_waits(names)

    def rename(self) -> None:
        """Names have changed, or there are more of them."""
        self._known.crowd.rename()
        self._known.origins.forget()
