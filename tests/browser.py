"""`gotop web` in a real browser: `python -m tests.browser [CHROMIUM]`. Needs Chromium, which nothing else here does.

A service is started by `gotop web`, looked at, killed, and looked at again, with keys pressed in the page. What the
page was sent is read from it, and `browser-*.png` are what it drew: they are to be looked at.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import aiohttp

from tests import toolchains
from tests.cli.running import Runner, wait_until
from tests.cli.webclient import free_port

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

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command and its answer."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            answer = await self._socket.receive_json()
            if answer.get("id") == self._number:
                return dict(answer.get("result", {}))

    async def wait_for(self, text: str) -> None:
        """Until the page has been sent this since it was last asked."""
        async with asyncio.timeout(PATIENCE_S):
            while text not in (written := await self._written()):
                await asyncio.sleep(0.5)
        await self.call("Runtime.evaluate", expression="window.received = ''")
        print(f"  {text!r} is there ({len(written):,} characters)")

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

    async def picture(self, name: str) -> None:
        """What the page looks like."""
        await asyncio.sleep(2)
        data = (await self.call("Page.captureScreenshot", format="png"))["data"]
        Path(f"browser-{name}.png").write_bytes(base64.b64decode(data))


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
            await page.call("Emulation.setFocusEmulationEnabled", enabled=True)  # as a window one works in
            await page.call("Page.addScriptToEvaluateOnNewDocument", source=RECORD)
            for round_ in ("first", "again"):
                await page.call("Page.navigate", url=url)
                await page.wait_for("● live" if round_ == "first" else "The service was ended by SIGKILL")
                if round_ == "first":
                    await page.picture("live")
                    os.kill(gotop.session()["pid"], signal.SIGKILL)
                    await page.wait_for("The service was ended by SIGKILL")
                await page.click(600, 350)
                await page.press("3")
                await page.wait_for("of its caller")
                await page.picture(f"ended-{round_}")


def main() -> None:
    """Start all of it, and end it."""
    chromium = sys.argv[1] if len(sys.argv) > 1 else shutil.which("chromium") or "chromium-browser"
    service, port = toolchains.build("ignoreterm", "1.26"), free_port()
    with tempfile.TemporaryDirectory() as directory:
        gotop, profile = Runner(Path(directory)), Path(directory) / "profile"
        with gotop.start("web", "--port", port, service, stdout=None, stderr=None) as server:
            options = ["--headless=new", "--no-sandbox", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
            browser = subprocess.Popen([chromium, *options, "--window-size=1200,760", "about:blank"])
            try:
                asyncio.run(look(f"http://127.0.0.1:{port}/", profile, gotop))
            finally:
                browser.terminate()
                browser.wait()
            server.send_signal(signal.SIGINT)
            print("gotop web ended with", server.wait(PATIENCE_S))


if __name__ == "__main__":
    main()
