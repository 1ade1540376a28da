"""The `web` command."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import click

from gotop.agent.client import Client
from gotop.agent.errors import AgentError
from gotop.agent.session_store import new_session
from gotop.cli.errors import Refusal

JOINING = ("attach", "replay")
KEEPING_MS = 10_000
START_S = 300.0
"""A service may have to be built first."""


@click.command("web", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--port", type=click.IntRange(1, 65535), default=8642, show_default=True, help="Where to serve.")
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="TARGET [ARGS]...")
def command(port: int, words: tuple[str, ...]) -> int:
    """Show the monitor in a browser.

    TARGET and what follows it are those of gotop run; or say gotop web attach [PID], gotop web replay FILE. A service
    is started once, every browser window is another viewer of it, eight at most. Only this machine is served
    (127.0.0.1), and only who has the address that is printed: the token in it keeps other users out.
    """
    try:
        from gotop.cli.webserver import serve
    except ImportError as error:
        raise Refusal("gotop web needs textual-serve: pip install 'gotop[web]'.") from error
    if words[0] in JOINING:
        serve(_gotop_command(*words), port)
        return 0
    session = new_session()  # among the others: where this process is killed, the next gotop takes it away
    try:
        return _run_and_serve(words, session.directory, port)
    finally:
        session.remove()


def _run_and_serve(words: tuple[str, ...], directory: Path, port: int) -> int:
    from gotop.cli.webserver import serve

    socket, windows = directory / "agent.sock", directory / "windows.sock"
    run = _gotop_command("run", "--no-ui", "--ends-with", str(os.getpid()), "--socket", str(socket))
    service = subprocess.Popen([*run, *words], start_new_session=True)
    try:
        if _wait_for_socket(socket, service):
            windows.hardlink_to(socket)  # `gotop run` takes its own name of it away when the service has ended
            with _keep_agent_alive(windows):
                serve(_gotop_command("attach", str(windows)), port)
    finally:
        if service.poll() is None:
            service.send_signal(signal.SIGTERM)
    return service.wait()


@contextlib.contextmanager
def _keep_agent_alive(socket: Path) -> Iterator[None]:
    """Stay connected as a viewer: an agent ends with its service once it has no viewers, and windows may open later."""
    client = Client(socket, log=False, interval_ms=KEEPING_MS)

    async def look() -> None:
        with contextlib.suppress(AgentError):
            async for _ in client.messages():
                pass
            await asyncio.Event().wait()  # after the last message, too

    threading.Thread(target=lambda: asyncio.run(look()), daemon=True).start()
    yield


def _wait_for_socket(socket: Path, service: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_S
    while service.poll() is None and time.monotonic() < deadline:
        if socket.exists():
            return True
        time.sleep(0.05)
    return False


def _gotop_command(*words: str) -> list[str]:
    return [sys.executable, "-m", "gotop", *words]
