"""The server of `gotop web`: textual-serve's, on the loopback interface, for the one who has its address.

Any user of this machine reaches a port of the loopback interface, and a browser lets every page open a WebSocket to it.
Whoever is let in can press the monitor's keys. So nothing is answered without the token of the address that was
printed, which becomes a cookie at the first visit; a request that names another host (DNS rebinding) or comes from
another page's script is refused; and there is a limit of windows, each of which is a process. What a page needs is in
the installed packages: nothing comes from the Internet.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import os
import secrets
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.server import Server

from gotop.cli import output
from gotop.cli.errors import Refusal
from gotop.cli.screen import SERVER

HOST = "127.0.0.1"
MOST_WINDOWS = 8
SHUTDOWN_S = 5.0
LARGEST = (1000, 400)
"""Columns and lines of a window: what a page asks for costs memory."""
MOST_INPUT = 1 << 16
"""Bytes of a message from a page; a long paste is cut into several."""
PAGE = Path(__file__).with_name("web_page.html")
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self' ws://127.0.0.1:* ws://localhost:*; base-uri 'none'; form-action 'none'",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve(command: Sequence[str], port: int) -> None:
    """Serve the command, one process a browser window, until Ctrl-C. Windows end with this process, however that does:
    it has to be their parent.
    """
    os.environ[SERVER] = str(os.getpid())
    LocalServer(command, port).serve()


class Window(AppService):
    """The process behind a browser window; started without a shell."""

    def __init__(self, words: Sequence[str], websocket: web.WebSocketResponse, server: LocalServer) -> None:
        async def close() -> None:
            await websocket.close()

        super().__init__(
            "", write_bytes=websocket.send_bytes, write_str=websocket.send_str, close=close,
            download_manager=server.download_manager,
        )  # fmt: skip
        self._words = words

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        self._process = process = await asyncio.create_subprocess_exec(
            *self._words, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=self._build_environment(width, height)
        )
        self._stdin = process.stdin
        return process

    async def handle_message(self, message: object) -> None:
        """Pass on what the page says: a list of a kind and its data. Raises ValueError, TypeError, LookupError."""
        if not isinstance(message, list):
            raise TypeError
        match message[0]:
            case "stdin":
                await self.send_bytes(str(message[1]).encode("utf-8", "replace"))
            case "resize":
                await self.set_terminal_size(*_bounded(message[1]["width"], message[1]["height"]))
            case "ping":
                await self.remote_write_str(json.dumps(["pong", message[1]]))
            case "blur":
                await self.blur()
            case "focus":
                await self.focus()


class LocalServer(Server):
    """Answers only who has the token and asks for it by its own name."""

    def __init__(self, command: Sequence[str], port: int) -> None:
        super().__init__("gotop", host=HOST, port=port, title="gotop")
        self.token = secrets.token_urlsafe(24)
        self._command = list(command)
        self._windows: set[web.WebSocketResponse] = set()

    @property
    def address(self) -> str:
        """What one opens in the browser."""
        return f"http://{HOST}:{self.port}/?token={self.token}"

    def serve(self, debug: bool = False) -> None:
        """Serve until Ctrl-C."""
        loop = asyncio.new_event_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.request_exit)
        try:
            web.run_app(
                self._make_app(),
                host=HOST,
                port=self.port,
                handle_signals=False,
                loop=loop,
                print=self._announce,
                access_log=None,
                shutdown_timeout=SHUTDOWN_S,
            )
        except OSError as error:
            raise Refusal(
                f"Port {self.port} of {HOST} cannot be served: {error.strerror}. Name another: --port."
            ) from error

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing yet: nobody listens."""

    async def on_shutdown(self, app: web.Application) -> None:
        """Close the windows, whose processes leave then."""
        for websocket in list(self._windows):
            await websocket.close()

    def _announce(self, _: str) -> None:
        """Say where it is, now that it listens; its log of requests, which would show the token, is off."""
        output.say(f"the monitor is at {self.address} (Ctrl-C ends it; the address lets in whoever has it)")

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    @property
    def cookie(self) -> str:
        """The cookie's name: browsers give cookies to all ports of a host."""
        return f"gotop-{self.port}"

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        names = {f"{name}:{self.port}" for name in (HOST, "localhost")}
        origin = request.headers.get("Origin")
        if request.host not in names or (origin and origin.removeprefix("http://") not in names):
            raise web.HTTPForbidden(text="gotop web answers only its own pages.", headers=HEADERS)
        given = request.query.get("token", "")
        if not self._is_token(given) and not self._is_token(request.cookies.get(self.cookie, "")):
            raise web.HTTPForbidden(
                text="This is gotop web. It answers at the address that it has printed, with the token in it.",
                headers=HEADERS,
            )
        if given and request.path == "/":
            entered = web.HTTPSeeOther("/", headers=HEADERS)  # so that the token is not seen in the browser's window
            entered.set_cookie(self.cookie, self.token, httponly=True, samesite="Strict", path="/")
            raise entered
        response = await handler(request)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode())

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page."""
        page = PAGE.read_text("utf-8").replace("@WEBSOCKET@", f"ws://{request.host}/ws")
        return web.Response(text=page, content_type="text/html")

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """A window: a process for as long as the page is open."""
        if len(self._windows) >= MOST_WINDOWS:
            raise web.HTTPServiceUnavailable(text=f"{MOST_WINDOWS} windows are open: close one.", headers=HEADERS)
        websocket = web.WebSocketResponse(heartbeat=15, max_msg_size=MOST_INPUT)
        self._windows.add(websocket)
        try:
            await websocket.prepare(request)
            window = Window(self._command, websocket, self)
            await window.start(*_bounded(request.query.get("width", ""), request.query.get("height", "")))
            try:
                await self._follow(websocket, window)
            finally:
                await window.stop()
        finally:
            self._windows.discard(websocket)
        return websocket

    @staticmethod
    async def _follow(websocket: web.WebSocketResponse, window: Window) -> None:
        async for message in websocket:
            if message.type is WSMsgType.TEXT:
                with contextlib.suppress(ValueError, TypeError, LookupError, RecursionError):  # what makes no sense
                    await window.handle_message(message.json())


def _bounded(width: object, height: object) -> tuple[int, int]:
    """A size that a window can have."""
    sizes = []
    for asked, usual, most in ((width, 80, LARGEST[0]), (height, 24, LARGEST[1])):
        number = asked if isinstance(asked, int) else int(asked) if str(asked).isdecimal() else usual  # type: ignore[call-overload]
        sizes.append(max(1, min(number, most)))
    return sizes[0], sizes[1]
