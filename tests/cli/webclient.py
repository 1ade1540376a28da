"""A browser window as `gotop web`'s server sees it: textual-serve's WebSocket, without a page around it."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess

import aiohttp

PATIENCE_S = 45.0
_CONTROL = re.compile(rb"\x1b\[[0-9;?<>=$]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>]")


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def address_of(server: subprocess.Popen[str]) -> str:
    """The address that `gotop web` prints on stderr."""
    assert server.stderr
    said = []
    for line in server.stderr:
        said.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+/\?token=[\w-]+", line):
            return found[0]
    raise AssertionError(f"it has said no address: {said}")


class Window:
    """`async with Window(address) as window: await window.wait_for("coverage")`."""

    def __init__(self, address: str, width: int = 120, height: int = 36) -> None:
        self._address = address
        self._url = f"{address.partition('?')[0]}ws?width={width}&height={height}"
        self.seen = b""

    async def __aenter__(self) -> Window:
        # As a browser does: the address gives a cookie. Other clients keep none of a bare IP address.
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        async with self._session.get(self._address) as page:
            assert page.status == 200 and "token" not in str(page.url)
        self._socket = await self._session.ws_connect(self._url, max_msg_size=0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()
        await self._session.close()

    async def press(self, text: str) -> None:
        """Send keys as a terminal does."""
        await self._socket.send_json(["stdin", text])

    async def wait_for(self, text: str) -> None:
        """Read until this has been written since it was last waited for, colours and movements of the cursor aside."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while text not in self.written():
                    message = await self._socket.receive()
                    if message.type is aiohttp.WSMsgType.BINARY:
                        self.seen += message.data
                    elif message.type is not aiohttp.WSMsgType.TEXT:
                        raise AssertionError(f"the window was closed before it showed {text!r}:\n{self.written()}")
        except TimeoutError:
            raise AssertionError(f"the window did not show {text!r}:\n{self.written()}") from None
        self.seen = b""

    def written(self) -> str:
        """What has been written since."""
        return _CONTROL.sub(b"", self.seen).decode("utf-8", "replace")
