"""A viewer's connection to an agent, which is made again when it breaks, as long as the agent is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from gotop.agent import errors
from gotop.agent.connection import Connection
from gotop.agent.protocol import Ended, Lost, Message, ProtocolError
from gotop.agent.requests import Request, SetSettings, Stop

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0

Sleep = Callable[[float], Awaitable[None]]


class Client:
    """The agent behind a socket.

    Every connection begins with a `Hello` and full state; between two stands a `Lost`. `gotop.model.session` knows what
    that means for its figures. Reading slowly is safe: the agent merges what we do not take.

    Args:
        path: the agent's socket.
        log: whether the service's output is wanted.
        interval_ms: how often there shall be a tick.
        goroutines: whether readings of all goroutines are wanted.
        attribution: whether allocations by labels and creators are wanted.
        tries: connections to attempt after a loss before giving up; None: never give up.
        sleep: replaces waiting in tests.
    """

    def __init__(
        self,
        path: Path,
        *,
        log: bool = True,
        interval_ms: int = 100,
        goroutines: bool = False,
        attribution: bool = False,
        tries: int | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.path = path
        self._log = log
        self._interval_ms = interval_ms
        self._goroutines = goroutines
        self._attribution = attribution
        self._tries = tries
        self._sleep = sleep
        self._connection: Connection | None = None
        self._closed = False

    async def connect(self) -> None:
        """Make the first connection, so that an error is raised before anything is drawn.

        Raises:
            AgentError: there is no agent to talk to; says why and what to do.
        """
        self._connection = await Connection.open(
            self.path, self._log, self._interval_ms, goroutines=self._goroutines, attribution=self._attribution
        )
        if self._closed:
            self._disconnect()

    async def messages(self) -> AsyncIterator[Message]:
        """Every message of the agent, across connections. Ends after `Ended`, after a final `Lost`, or after `close`.

        Raises:
            AgentError: as `connect`, if it was not called before.
        """
        if self._connection is None:
            await self.connect()
        while self._connection is not None:
            reason = "The agent closed the connection."
            try:
                async for message in self._connection.messages():
                    yield message
                    if isinstance(message, Ended):
                        return
            except ProtocolError as error:
                reason = f"The agent sent something that cannot be read: {error}."
            except ConnectionError:
                reason = "The connection to the agent broke."
            self._disconnect()
            if self._closed:
                return
            yield Lost(reason, retrying=self._tries != 0)
            if self._tries == 0:
                return
            final = await self._reconnect()
            if final is not None and not self._closed:
                yield final

    async def set(
        self, *, interval_ms: int | None = None, mode: str | None = None, depth: int | None = None,
        budget: float | None = None, rate: int | None = None, goroutines: bool | None = None,
        attribution: bool | None = None,
    ) -> None:  # fmt: skip
        """Change settings; the interval, and what is wanted, hold for later connections too.

        Raises:
            Disconnected: there is no connection now.
        """
        if interval_ms is not None:
            self._interval_ms = interval_ms
        if goroutines is not None:
            self._goroutines = goroutines
        if attribution is not None:
            self._attribution = attribution
        await self._send(SetSettings(interval_ms, mode, depth, budget, rate, goroutines, attribution))

    async def stop(self, grace_ms: int) -> None:
        """End the service; `Ended` follows in the stream.

        Raises:
            Disconnected: there is no connection now.
        """
        await self._send(Stop(grace_ms))

    def close(self) -> None:
        """Close the connection for good; may be called at any time, and again."""
        self._closed = True
        self._disconnect()

    async def _send(self, request: Request) -> None:
        if self._connection is None:
            raise errors.Disconnected(f"There is no connection to the agent at {self.path} now.")
        await self._connection.send(request)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _reconnect(self) -> Lost | None:
        """Connect again; returns the final `Lost` if that failed for good, None if it worked."""
        pause, left, reason = FIRST_PAUSE_S, self._tries, "The agent is gone."
        while left is None or left > 0:
            await self._sleep(pause)
            if self._closed:
                return None
            try:
                await self.connect()
            except (errors.OtherProtocol, errors.NotOurs) as error:
                return Lost(str(error), retrying=False)
            except errors.AgentError as error:
                reason = str(error)
            else:
                return None
            pause = min(LONGEST_PAUSE_S, pause * 2)
            left = None if left is None else left - 1
        return Lost(reason, retrying=False)
