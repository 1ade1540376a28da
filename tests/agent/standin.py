"""A stand-in for the agent: a real Unix socket, whatever a test wants behind it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from gotop.agent.protocol import AgentMessage, encode
from gotop.agent.requests import Request, ViewerHello, request_decoder


class Visit:
    """One viewer, as the agent sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._decoder = request_decoder()
        self._heard: list[Request] = []

    async def hear(self) -> Request | None:
        """The viewer's next request; None when it left."""
        while not self._heard:
            data = await self._reader.read(65536)
            if not data:
                return None
            self._heard += self._decoder.feed(data)
        return self._heard.pop(0)

    async def say(self, *messages: AgentMessage | bytes) -> None:
        for message in messages:
            self._writer.write(message if isinstance(message, bytes) else encode(message))
        await self._writer.drain()

    async def greet(self, *messages: AgentMessage | bytes) -> ViewerHello:
        """Take the viewer's hello and answer."""
        said = await self.hear()
        assert isinstance(said, ViewerHello)
        await self.say(*messages)
        return said

    async def until_it_leaves(self) -> None:
        while await self.hear() is not None:
            pass


@contextlib.asynccontextmanager
async def agent(path: Path, *visits: Callable[[Visit], Awaitable[None]]) -> AsyncIterator[list[Visit]]:
    """Serve one visit after the other; the last one again and again. An error in one fails the test."""
    seen: list[Visit] = []
    errors: list[BaseException] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = Visit(reader, writer)
        seen.append(visit)
        try:
            await visits[min(len(seen), len(visits)) - 1](visit)
        except (ConnectionError, asyncio.CancelledError):
            pass
        except BaseException as error:
            errors.append(error)
        finally:
            writer.close()

    server = await asyncio.start_unix_server(serve, path)
    try:
        yield seen
    finally:
        server.close()
        # asyncio leaves the socket's file; an agent that ends takes it away.
        path.unlink(missing_ok=True)
    assert not errors, errors
