"""The state of one service's runtime: takes the messages about it; `RuntimeMoment` answers."""

from __future__ import annotations

from gotop.agent import protocol
from gotop.model.counts.stack_table import StackTable
from gotop.model.counts.timeline import Timeline
from gotop.model.runtime.runtime_moment import RuntimeMoment, RuntimeRecords
from gotop.model.symbols.symbol_table import SymbolTable


class RuntimeState(RuntimeMoment):
    """The runtime of one service as it is now (`Session.runtime`)."""

    def __init__(self) -> None:
        super().__init__(RuntimeRecords(), Timeline())
        self._then: RuntimeMoment | None = None

    def count_from(self, table: StackTable, symbols: SymbolTable, timeline: Timeline) -> None:
        """Take stacks, names and snapshots from these from now on."""
        self._records.count_from(table, symbols)
        self.timeline = timeline

    def begin_service(self, started: int, hooked: bool) -> None:
        """Forget everything if this is another service. `started`: agent time (ns) of its start; `hooked`: see
        `RuntimeRecords`.
        """
        if started != self._records.started:
            self.forget()
        self._records.started, self._records.hooked = started, hooked

    def forget(self) -> None:
        """Forget everything about the service."""
        self._records.forget()
        self._then = None

    def as_of(self, timeline: Timeline) -> RuntimeMoment:
        """Return the answers at the moment of a timeline that does not change (`Moment.timeline`)."""
        if self._then is None or self._then.timeline is not timeline:
            self._then = RuntimeMoment(self._records, timeline, still=True)
        return self._then

    def apply(
        self, message: protocol.Events | protocol.GoroutineReading | protocol.SizeClasses | protocol.RuntimeStat
    ) -> int:
        """Take one message; return for how many ns the world stood still."""
        known = self._records
        match message:
            case protocol.Events():
                known.cycles.add_cycles(message.gc, known.started)
                return known.pauses.add_pauses(message.stw, known.started)
            case protocol.GoroutineReading():
                known.goroutines.add_reading(message)
            case protocol.SizeClasses():
                known.classes.add_reading(message)
            case protocol.RuntimeStat():
                known.heap.add_reading(message, known.started)
        return 0

    def name_reasons(self, waits: tuple[str, ...], stops: tuple[str, ...]) -> None:
        """Learn the names of reasons to wait and to stop the world, by number; none: those known stay."""
        self._records.goroutines.name_waits(waits)
        self._records.pauses.name_reasons(stops)

    def forget_names(self) -> None:
        """Work out again what names tell: they have changed."""
        self._records.goroutines.forget_names()
        self._records.stack_origins.forget_names()
