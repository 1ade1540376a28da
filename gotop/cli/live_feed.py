"""The feed of a running service: the agent's stream, named and recorded on its way, and the few things one can ask for.

Where gotop started the service, it also answers for its end: when the agent is killed, the service goes on without
figures, and can still be stopped and waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from gotop.agent.client import Client
from gotop.agent.enrich_stream import Enricher, enriched, read_process
from gotop.agent.errors import Disconnected
from gotop.agent.protocol import Ended, Failure, Lost, Message
from gotop.agent.recording import Recorder
from gotop.agent.symbol_source import symbols_opener
from gotop.cli.options import ReportOptions
from gotop.cli.started_service import Service
from gotop.model.session import Session
from gotop.ui.feed import Abilities, Position

AGENT_DIED = "The agent has ended. The service goes on, without figures."
AGENT_DIED_STOPPING = "The agent ended before the service, which was being stopped. The last figures may be missing."
STOP_MARGIN_S = 5.0
CONNECTING_S, AGAIN_S = 1.0, 0.02
LAST_WORDS_S = 0.5
TRIES_FOR_A_REPORT = 6


class LiveFeed:
    """Implements `gotop.ui.feed.Feed` for `run` (with the service) and `attach` (without)."""

    def __init__(
        self, client: Client, recorder: Recorder | None, service: Service | None, grace: float, keep: bool
    ) -> None:
        self._client = client
        self._recorder = recorder
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
            if self._service is None:
                await self._follow(session)
            else:
                await self._follow_own(session, self._service)
        finally:
            self._client.close()
            self._over.set()

    async def _follow(self, session: Session) -> None:
        enricher = Enricher(symbols_opener(self._client.path), read_process)
        async for message in enriched(self._client.messages(), enricher):
            self._apply(session, message)

    async def _follow_own(self, session: Session, service: Service) -> None:
        """As `_follow`, as long as the agent lives; after that it is ours to wait for the service."""
        stream = asyncio.create_task(self._follow(session))
        death = asyncio.create_task(service.agent_gone())
        try:
            await asyncio.wait({stream, death}, return_when=asyncio.FIRST_COMPLETED)
            if self.ended is None:  # what it had sent is still to be read, or its death will say why it does not answer
                await asyncio.wait({stream, death}, timeout=LAST_WORDS_S)
            if stream.done() and not death.done():
                stream.result()
        finally:
            stream.cancel()
            death.cancel()
        if self.ended is None:
            self._apply(session, Lost(AGENT_DIED_STOPPING if service.asked else AGENT_DIED, retrying=False))
            self._apply(session, await service.wait())

    async def stop(self) -> None:
        """Stop the service and wait for its end: through the agent if it answers, otherwise without it."""
        if self._service is None:
            return
        self._service.note_asked()
        if await self._agent_stops():
            await self._wait_over(self._grace + STOP_MARGIN_S)
        if not self._over.is_set():
            await self._service.end_directly(self._grace)
            await self._wait_over(STOP_MARGIN_S)

    async def _agent_stops(self) -> bool:
        """Ask the agent to stop the service; the first connection to it may only be in the making."""
        deadline = asyncio.get_running_loop().time() + CONNECTING_S
        while self._agent_runs() and not self._over.is_set():
            try:
                await self._client.stop(round(self._grace * 1000))
            except Disconnected:
                if asyncio.get_running_loop().time() > deadline:
                    return False
                await asyncio.sleep(AGAIN_S)
            else:
                return True
        return False

    async def set_interval(self, milliseconds: int) -> None:
        """Ask the agent for a reading every so often."""
        with contextlib.suppress(Disconnected):
            await self._client.set(interval_ms=milliseconds)

    async def set_mode(self, mode: str) -> None:
        """Ask the agent to keep more or less of every allocation."""
        with contextlib.suppress(Disconnected):
            await self._client.set(mode=mode)

    async def set_budget(self, share: float) -> None:
        """Ask the agent to keep the hooks' cost below a share of the service's CPU time."""
        with contextlib.suppress(Disconnected):
            await self._client.set(budget=share)

    async def set_attribution(self, wanted: bool) -> None:
        """Ask the agent to count by labels and creators, too, or not to."""
        with contextlib.suppress(Disconnected):
            await self._client.set(attribution=wanted)

    async def set_goroutines(self, wanted: bool) -> None:
        """Ask the agent to read all goroutines, or not to; for a recording it does all the time."""
        with contextlib.suppress(Disconnected):
            await self._client.set(goroutines=wanted or self._recorder is not None)

    async def set_paused(self, paused: bool) -> None:
        """Only a replay can be halted."""

    async def set_speed(self, speed: float) -> None:
        """Only a replay has a speed."""

    async def seek(self, seconds: float) -> None:
        """Only a replay can be moved in."""

    def _apply(self, session: Session, message: Message) -> None:
        if isinstance(message, Ended) and message.detached and self._service:
            return  # only the agent's end: our service goes on
        session.apply(message)
        if isinstance(message, Ended):
            self.ended = message
        if self._recorder and not self._recorder.write(message):
            session.apply(Failure("record", self._recorder.failed))
            self._recorder = None

    async def _wait_over(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)

    def _agent_runs(self) -> bool:
        return self._service is None or self._service.agent.process.running


def live_feed(
    socket: Path, report: ReportOptions, recorder: Recorder | None, service: Service | None = None,
    grace: float = 10.0, keep: bool = False,
) -> LiveFeed:  # fmt: skip
    """A feed on the agent behind a socket. The screen waits for a lost agent as long as the user does, a report not."""
    tries = None if service or report.draws else TRIES_FOR_A_REPORT
    wants_log = report.draws or recorder is not None
    # The screen asks for goroutines while one looks at them; who reports or records cannot know what will be looked at.
    wants_goroutines = not report.draws or recorder is not None
    client = Client(
        socket, log=wants_log, interval_ms=report.interval_ms, goroutines=wants_goroutines,
        attribution=report.attributes, tries=tries,
    )  # fmt: skip
    return LiveFeed(client, recorder, service, grace, keep)
