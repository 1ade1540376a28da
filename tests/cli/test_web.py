"""`gotop web`: what it says without textual-serve, that it answers its own pages only, and its windows.

A window here is the server's WebSocket; `test_browser.py` does the same with a page in Chromium.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from click.testing import CliRunner

from gotop.cli import screen
from gotop.cli.errors import Refusal
from gotop.cli.web import command
from gotop.cli.webserver import MOST_WINDOWS, LocalServer, _bounded
from tests import toolchains
from tests.cli.running import Runner, alive, started_by, wait_until
from tests.cli.webclient import Window, address_of, free_port


def test_without_textual_serve_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gotop.cli.webserver", None)
    done = CliRunner().invoke(command, ["./service"])
    assert isinstance(done.exception, Refusal) and "pip install 'gotop[web]'" in str(done.exception)


def test_options_after_the_target_are_the_service_s(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[list[str], int]] = []
    monkeypatch.setattr("gotop.cli.webserver.serve", lambda words, port: served.append((words, port)))
    done = CliRunner().invoke(command, ["--port", "9999", "replay", "x y.gotop", "--speed", "4"])
    assert done.exit_code == 0
    assert served[0][0][-5:] == ["gotop", "replay", "x y.gotop", "--speed", "4"] and served[0][1] == 9999


@contextlib.asynccontextmanager
async def served_at(port: int = 8642) -> AsyncIterator[tuple[LocalServer, TestClient]]:
    server = LocalServer(["true"], port)
    async with TestClient(TestServer(await server._make_app()), cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        yield server, client


OWN = {"Host": "127.0.0.1:8642"}


async def test_only_its_own_pages_are_answered() -> None:
    async with served_at() as (server, client):
        for headers, status in (
            (OWN, 200),
            ({"Host": "evil.example"}, 403),
            ({"Host": "localhost:8642", "Origin": "http://evil.example"}, 403),
            ({"Host": "localhost:8642", "Origin": "http://localhost:8642"}, 200),
        ):
            cookies = {server.cookie: server.token}
            assert (await client.get("/", headers=headers, cookies=cookies)).status == status


@pytest.mark.parametrize("path", ["/", "/ws", "/static/js/textual.js", "/static/", "/download/x", "/nothing"])
async def test_nothing_is_answered_without_the_token(path: str) -> None:
    async with served_at() as (server, client):
        for query in ("", "?token=", "?token=wrong", f"?token={server.token[:-1]}", "?token=%ff%00"):
            done = await client.get(f"{path}{query}", headers=OWN)
            assert done.status == 403 and server.token not in await done.text()
        wrong = await client.get(path, headers=OWN, cookies={server.cookie: "wrong"})
        assert wrong.status == 403


async def test_the_token_becomes_a_cookie_that_no_script_and_no_other_site_gets() -> None:
    async with served_at() as (server, client):
        entered = await client.get(f"/?token={server.token}", headers=OWN, allow_redirects=False)
        assert entered.status == 303 and entered.headers["Location"] == "/"
        cookie = entered.headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
        page = await client.get("/", headers=OWN, cookies={server.cookie: server.token})
        assert page.status == 200 and page.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]


async def test_the_page_takes_nothing_from_elsewhere() -> None:
    async with served_at() as (server, client):
        cookies = {server.cookie: server.token}
        page = await (await client.get("/", headers=OWN, cookies=cookies)).text()
        assert not re.search(r"https?://|//[a-z]", page.replace("ws://127.0.0.1:8642", ""))
        needed = re.findall(r"/static/[\w./-]+", page)
        assert len(needed) >= 4
        for path in needed:
            assert (await client.get(path, headers=OWN, cookies=cookies)).status == 200


def test_windows_have_sizes_that_memory_bears() -> None:
    assert _bounded("120", "36") == _bounded(120, 36) == (120, 36)
    assert _bounded("9" * 50, -5) == (1000, 1)
    assert _bounded(None, "x") == _bounded([], {}) == (80, 24)


def test_a_browser_is_a_terminal_of_any_size(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TEXTUAL_DRIVER", "textual.drivers.web_driver:WebDriver")
    assert screen.is_terminal()
    screen.check_terminal()


async def test_windows_show_the_services_end_and_stay_of_use(tmp_path: Path) -> None:
    gotop, port = Runner(tmp_path), free_port()
    service = toolchains.build("ignoreterm", "1.26")
    with gotop.start("web", "--port", port, service) as server:
        address = address_of(server)
        async with Window(address) as window:
            await window.wait_for("● live")
            pid = gotop.session()["pid"]
            os.kill(pid, signal.SIGKILL)
            await window.wait_for("The service was ended by SIGKILL")
            await window.press("3")
            await window.wait_for("of its caller")
            await window.press("?")
            await window.wait_for("Esc closes")
        assert not alive(pid)
        async with Window(address) as late:  # opened after the end, and after all others were closed
            await late.wait_for("The service was ended by SIGKILL")
            await late.wait_for("main.main")
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 128 + signal.SIGKILL
    assert gotop.leftovers() == []


async def test_a_server_that_is_killed_takes_its_service_along(tmp_path: Path) -> None:
    gotop, port = Runner(tmp_path), free_port()
    with gotop.start("web", "--port", port, toolchains.build("ignoreterm", "1.26"), "--grace", "200ms") as server:
        address = address_of(server)
        async with Window(address) as window:
            await window.wait_for("● live")
            pid = gotop.session()["pid"]
            server.kill()
            wait_until(lambda: not alive(pid), "the service's end")
            wait_until(lambda: not started_by(gotop.home), "the end of the window's process, and of all others")
    gotop.run("ps")
    wait_until(lambda: gotop.leftovers() == [], "the end of what was left")


async def test_there_is_a_limit_of_windows(tmp_path: Path) -> None:
    gotop, port = Runner(tmp_path), free_port()
    with gotop.start("web", "--port", port, toolchains.build("ignoreterm", "1.26"), "--grace", "200ms") as server:
        address = address_of(server)
        async with contextlib.AsyncExitStack() as stack:
            windows = [await stack.enter_async_context(Window(address)) for _ in range(MOST_WINDOWS)]
            with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
                await stack.enter_async_context(Window(address))
            await windows[0]._socket.send_json({"not": "a list"})
            await windows[0]._socket.send_str("[" * 10_000)
            await windows[0]._socket.send_json(["resize", {"width": 10**12, "height": "x"}])
            await windows[0]._socket.close()
            another = Window(address)
            for attempt in range(60):  # its process is given the time to leave
                try:
                    await stack.enter_async_context(another)
                    break
                except aiohttp.WSServerHandshakeError:
                    assert attempt < 59
                    await asyncio.sleep(0.5)
            await another.wait_for("● live")
            os.kill(gotop.session()["pid"], signal.SIGKILL)  # which ignores SIGTERM
            server.send_signal(signal.SIGINT)  # with windows open
            assert server.wait(60) == 128 + signal.SIGKILL
