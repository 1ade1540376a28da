"""A running service as a viewer sees it: the agent, its stream, the model."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gotop.agent.client import Client
from gotop.agent.enrich_stream import Enricher, enriched, read_process
from gotop.agent.locate_agent import agent_binary
from gotop.agent.symbol_source import symbols_opener
from gotop.golang.plan import make_plan
from gotop.model.session import Session

PATIENCE_S = 60.0


def watch(
    binary: Path, folder: Path, *arguments: str, options: tuple[str, ...] = (), until: Callable[[Session], bool]
) -> tuple[Session, Any]:
    """What is known of a service that writes its statement and rests, when it has done so and `until` holds; and the
    statement.
    """
    plan, socket, out = folder / "plan.json", folder / "s", folder / "out.json"
    plan.write_text(make_plan(binary).to_json())
    command = [str(agent_binary()), "run", "--plan", str(plan), "--socket", str(socket), *options]
    agent = subprocess.Popen([*command, "--", str(binary), "-out", str(out), *arguments], stdin=subprocess.DEVNULL)
    try:
        _wait(socket.exists)
        session = Session()
        asyncio.run(asyncio.wait_for(_follow(socket, session, lambda: out.exists() and until(session)), PATIENCE_S))
        return session, json.loads(out.read_text())
    finally:
        agent.wait(10)


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


async def _follow(socket: Path, session: Session, done: Callable[[], bool]) -> None:
    client = Client(socket, goroutines=True, tries=0)
    stopping, since = False, 0.0
    async for message in enriched(client.messages(), Enricher(symbols_opener(socket), read_process)):
        session.apply(message)
        since = since or (time.monotonic() if done() else 0.0)
        if not stopping and since and time.monotonic() > since + 2.5:  # every figure is then read at rest
            stopping = True
            await client.stop(1000)
