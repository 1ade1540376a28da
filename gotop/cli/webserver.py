"""The server of `gotop web`: textual-serve's, on the loopback interface, for pages of its own only.

A browser lets every page open a WebSocket to this machine. Whoever reaches it can press the monitor's keys: a request
that names another host (DNS rebinding) or comes from another page's script is refused.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable

from aiohttp import web
from textual_serve.server import Server

from gotop.cli.screen import SERVER

HOST = "127.0.0.1"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve(command: str, port: int) -> None:
    """Serve the command, one process a browser window, until Ctrl-C. Windows end with this process, however that does:
    it has to be their parent, and no shell between them.
    """
    os.environ[SERVER] = str(os.getpid())
    LocalServer(f"exec {command}", host=HOST, port=port, title="gotop").serve()


class LocalServer(Server):
    """Answers only who asks for it by its own name."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        names = {f"{name}:{self.port}" for name in (HOST, "localhost")}

        @web.middleware
        async def own_pages_only(request: web.Request, handler: Handler) -> web.StreamResponse:
            origin = request.headers.get("Origin")
            if request.host not in names or (origin and origin.removeprefix("http://") not in names):
                raise web.HTTPForbidden(text="gotop web answers only its own pages.")
            return await handler(request)

        app.middlewares.append(own_pages_only)
        return app
