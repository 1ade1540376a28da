"""The feed of a running service: the agent's stream, named and recorded on its way, and the few things one can ask for.

Where gotop started the service, it also answers for its end: when the agent is killed, the service goes on without
figures, and can still be stopped and waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

from gotop.agent.client import Client
from gotop.agent.enrich import Enricher, OpenSymbols, Symbolizer, enriched, read_process
from gotop.agent.errors import Disconnected
from gotop.agent.protocol import Ended, Hello, Lost, Message
from gotop.agent.remote_file import RemoteFile
from gotop.cli.options import ReportOptions
from gotop.cli.service import Service
from gotop.golang.errors import BinaryError
from gotop.golang.symbols import Symbolizer as BinarySymbolizer
from gotop.model.session import Session
from gotop.ui.feed import Abilities, Position

AGENT_DIED = "The agent has ended. The service goes on, without figures."
STOP_MARGIN_S = 5.0


class LiveFeed:
    """Implements `gotop.ui.feed.Feed` for `run` (with the service) and `attach` (without)."""

    def __init__(self, client: Client, service: Service | None = None, grace: float = 10.0, keep: bool = False) -> None:
        self._client = client
        self._enricher = Enricher(symbols_from(client.path), read_process)
        self._service = service
        self._grace = grace
        self._over = asyncio.Event()
        self.ended: Ended | None = None
        self.abilities = Abilities(owns_service=service is not None and not keep, live=True)

    @property
    def position(self) -> Position | None:
        """There is none in a live session."""
        return None

    async def run(self, session: Session) -> None:
        """Apply what comes until the service has ended, or nothing more can come."""
        try:
            async for message in enriched(self._client.messages(), self._enricher):
                self._take(session, message)
                if isinstance(message, Lost) and not self._agent_runs():
                    break
            if self.ended is None and self._service:
                self._take(session, Lost(AGENT_DIED, retrying=False))
                self._take(session, await self._service.wait())
        finally:
            self._over.set()

    async def stop(self) -> None:
        """Stop the service and wait for its end: through the agent if it answers, otherwise without it."""
        if self._service is None:
            return
        if self._agent_runs():
            with contextlib.suppress(Disconnected):
                await self._client.stop(round(self._grace * 1000))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), self._grace + STOP_MARGIN_S)
        if not self._over.is_set():
            await self._service.end_directly(self._grace)
            await self._over.wait()

    async def set_interval(self, milliseconds: int) -> None:
        """Ask the agent for a reading every so often."""
        with contextlib.suppress(Disconnected):
            await self._client.set(interval_ms=milliseconds)

    async def set_paused(self, paused: bool) -> None:
        """Only a replay can be halted."""

    async def set_speed(self, speed: float) -> None:
        """Only a replay has a speed."""

    async def seek(self, seconds: float) -> None:
        """Only a replay can be moved in."""

    def _take(self, session: Session, message: Message) -> None:
        session.apply(message)
        if isinstance(message, Ended):
            self.ended = message

    def _agent_runs(self) -> bool:
        return self._service is None or self._service.agent.process.running


@contextlib.contextmanager
def live_feed(
    socket: Path, report: ReportOptions, service: Service | None = None, grace: float = 10.0, keep: bool = False
) -> Iterator[LiveFeed]:
    """A feed on the agent behind a socket."""
    client = Client(socket, log=report.draws or report.record is not None, interval_ms=report.interval_ms)
    yield LiveFeed(client, service, grace, keep)


def symbols_from(socket: Path) -> OpenSymbols:
    """Open the service's executable: the file if it is still the one that runs, else through the agent."""

    def open_symbols(hello: Hello) -> Symbolizer:
        with contextlib.suppress(BinaryError):
            symbols = BinarySymbolizer(hello.exe)
            if symbols.binary.build_id == hello.build_id:
                return symbols
        return BinarySymbolizer(RemoteFile(socket), hello.exe)

    return open_symbols
