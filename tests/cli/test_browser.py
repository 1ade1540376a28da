"""`gotop web` in a real browser, Chromium without a window: what a page is sent, keys pressed in it, where it goes.

A service is started by `gotop web`, looked at, killed, and looked at again. The browser's own network events tell that
nothing was fetched from anywhere else, and its address that the token is not seen in it.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests import toolchains
from tests.cli.running import Runner, wait_until
from tests.cli.webclient import address_of, free_port

PATIENCE_S = 180.0
RECORD = """
window.received = "";
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
    constructor(...words) {
        super(...words);
        this.addEventListener("message", async event => {
            if (typeof event.data === "string") return;
            window.received += await new Response(event.data).text();
        });
    }
};
"""


class Page:
    """A page of the browser, driven by its DevTools protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.requested: list[str] = []

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command and its answer."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            answer = await self._socket.receive_json()
            if answer.get("method") == "Network.requestWillBeSent":
                self.requested.append(answer["params"]["request"]["url"])
            if answer.get("id") == self._number:
                return dict(answer.get("result", {}))

    async def wait_for(self, text: str) -> None:
        """Until the page has been sent this since it was last asked."""
        async with asyncio.timeout(PATIENCE_S):
            while text not in await self._written():
                await asyncio.sleep(0.5)
        await self.call("Runtime.evaluate", expression="window.received = ''")

    async def _written(self) -> str:
        result = await self.call("Runtime.evaluate", expression="window.received || ''")
        return re.sub(r"\x1b\[[0-9;?<>=$]*[ -/]*[@-~]", "", result["result"]["value"])

    async def press(self, key: str) -> None:
        """A key, as the browser gets it."""
        for kind in ("keyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, text=key if kind == "keyDown" else "")

    async def click(self, x: int, y: int) -> None:
        """The left button."""
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)


async def look(url: str, profile: Path, gotop: Runner) -> None:
    """From the first figures to the service's end and beyond."""
    wait_until(lambda: (profile / "DevToolsActivePort").exists(), "Chromium", PATIENCE_S)
    port = (profile / "DevToolsActivePort").read_text().split()[0]
    async with aiohttp.ClientSession() as session:
        pages = await (await session.get(f"http://127.0.0.1:{port}/json")).json()
        address = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
        async with session.ws_connect(address, max_msg_size=0) as socket:
            page = Page(socket)
            await page.call("Page.enable")
            await page.call("Network.enable")
            await page.call("Emulation.setFocusEmulationEnabled", enabled=True)  # as a window one works in
            await page.call("Page.addScriptToEvaluateOnNewDocument", source=RECORD)
            for round_ in ("first", "again"):
                await page.call("Page.navigate", url=url)
                await page.wait_for("● live" if round_ == "first" else "The service was ended by SIGKILL")
                if round_ == "first":
                    os.kill(gotop.session()["pid"], signal.SIGKILL)
                    await page.wait_for("The service was ended by SIGKILL")
                await page.click(600, 350)
                await page.press("3")
                await page.wait_for("of its caller")
            shown = await page.call("Runtime.evaluate", expression="location.href")
            assert "token" not in shown["result"]["value"]
            here = url.partition("?")[0]
            elsewhere = [each for each in page.requested if not each.startswith((here, "data:", "about:"))]
            assert page.requested and elsewhere == []


@pytest.fixture
def chromium() -> str:
    """The browser; the checks install it, and do not pass without."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and os.environ.get("CI"):
        pytest.fail("there is no Chromium: .ci/run installs Debian's")
    if found is None:
        pytest.skip("needs a browser: apt-get install chromium")
    return found


async def test_a_page_shows_the_service_and_its_end(chromium: str, tmp_path: Path) -> None:
    service, port, profile = toolchains.build("ignoreterm", "1.26"), free_port(), tmp_path / "profile"
    gotop = Runner(tmp_path)
    with gotop.start("web", "--port", port, service) as server:
        address = address_of(server)
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
                   f"--user-data-dir={profile}", "--window-size=1200,760"]  # fmt: skip
        browser = subprocess.Popen(
            [chromium, *options, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            await look(address, profile, gotop)
        finally:
            browser.kill()
            browser.wait()
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 128 + signal.SIGKILL
