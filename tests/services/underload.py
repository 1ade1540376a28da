"""How the third-party services are started, and what load they are put under: on loopback only, for a bounded time."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests import toolchains


@dataclasses.dataclass(frozen=True)
class Setup:
    """A started service's arguments and environment, and how to load it."""

    arguments: tuple[str, ...]
    port: int
    load: tuple[str, ...]
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """A home of its own, so that the service neither reads nor leaves anything in the user's.

        gotop gets the same environment, and keeps its agent in the cache: that stays where it is.
        """
        home, cache = str(self.home), os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        return {"HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": cache}

    def wait(self, seconds: float = 60) -> None:
        """Until the service answers on its port."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        raise TimeoutError(f"nothing answers on port {self.port}")

    def run_load(self, seconds: float, *flags: str) -> dict[str, object]:
        """What the load program says it got done."""
        program = toolchains.build("load", "1.26")
        command = [str(program), "-for", f"{seconds}s", *flags, *self.load]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=True)
        said: dict[str, object] = json.loads(done.stdout)
        return said


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def nats(home: Path) -> Setup:
    """NATS with JetStream: publish, subscribe, streams, and its monitoring pages."""
    port = free_port()
    arguments = ("-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(home))
    return Setup(arguments, port, ("nats", f"127.0.0.1:{port}"), home)


def caddy(home: Path) -> Setup:
    """Caddy with files, compression, templates, a proxy to itself and an access log."""
    port = free_port()
    site = home / "site"
    site.mkdir()
    (site / "index.html").write_text("<p>{{now | date `2006`}} {{.Req.URL.Path}}</p>\n" * 50)
    (site / "data.txt").write_text("text " * 5000)
    config = home / "Caddyfile"
    config.write_text(f"""
    {{
        admin off
        auto_https off
        persist_config off
    }}
    http://127.0.0.1:{port} {{
        log {{
            output file {home}/access.log
        }}
        encode gzip
        root * {site}
        handle /proxied/* {{
            uri strip_prefix /proxied
            reverse_proxy 127.0.0.1:{port}
        }}
        handle /answer {{
            header X-Answer {{uuid}}
            respond "{{remote}} {{method}} {{query}}"
        }}
        handle {{
            templates
            file_server
        }}
    }}
    """)
    paths = ("/", "/data.txt", "/answer?a=b", "/proxied/", "/proxied/data.txt")
    urls = [f"http://127.0.0.1:{port}{path}" for path in paths]
    return Setup(("run", "--config", str(config), "--adapter", "caddyfile"), port, ("http", *urls), home)


def prometheus(home: Path) -> Setup:
    """Prometheus that scrapes itself every second and answers queries about what it found."""
    port = free_port()
    config = home / "prometheus.yml"
    config.write_text(
        f"global: {{scrape_interval: 1s}}\n"
        f"scrape_configs: [{{job_name: self, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n"
    )
    arguments = (
        f"--config.file={config}",
        f"--storage.tsdb.path={home}/data",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    base = f"http://127.0.0.1:{port}"
    now = int(time.time())
    urls = [
        f"{base}/metrics",
        f"{base}/api/v1/query?query=sum%20by%20(handler)(rate(prometheus_http_requests_total%5B1m%5D))",
        f"{base}/api/v1/query_range?query=go_memstats_alloc_bytes&start={now}&end={now + 60}&step=1",
        f"{base}/api/v1/label/__name__/values",
        f"{base}/api/v1/targets",
    ]
    return Setup(arguments, port, ("http", *urls), home)


SETUPS: dict[str, Callable[[Path], Setup]] = {"nats": nats, "caddy": caddy, "prometheus": prometheus}

#: What a service's own functions are called.
OWN_PACKAGES = {
    "nats": "github.com/nats-io/nats-server/",
    "caddy": "github.com/caddyserver/caddy/",
    "prometheus": "github.com/prometheus/",
}
