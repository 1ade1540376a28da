"""Well-known services of others, built unmodified from the Go module proxy, for runs under real load.

    python -m tests.services.thirdparty            # builds them all (minutes; politely, in one process)
    python -m tests.services.thirdparty nats       # builds one, prints its path

Each is `go install PACKAGE@VERSION` with a pinned version and nothing else: no patch, no build tag, no flag of ours.
(Where a module's own go.mod forbids that, because it excludes or replaces versions, the same is built in the unpacked
module.)
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import toolchains


@dataclasses.dataclass(frozen=True)
class ThirdParty:
    """One service: where it comes from and the Go version that builds it."""

    name: str
    package: str
    version: str
    go: str
    module: str = ""  # where `go install` refuses: the package's module

    @property
    def binary(self) -> Path:
        """Where the binary is, or will be."""
        return toolchains.cache_dir() / "services" / f"{self.name}-{self.version}-go{toolchains.full_version(self.go)}"

    def build(self) -> Path:
        """The binary, built on the first call."""
        if not self.binary.exists():
            self.binary.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.binary.parent) as scratch:
                if self.module:
                    unpacked = json.loads(self._go("mod", "download", "-json", f"{self.module}@{self.version}"))["Dir"]
                    self._go("build", "-p", "1", "-o", f"{scratch}/", self.package, cwd=unpacked)
                else:
                    self._go("install", "-p", "1", f"{self.package}@{self.version}", cwd=scratch, GOBIN=scratch)
                (made,) = (path for path in Path(scratch).iterdir() if os.access(path, os.X_OK))
                shutil.move(made, self.binary)
        return self.binary

    def _go(self, *arguments: str, cwd: str = "/", **extra: str) -> str:
        command = ["nice", "-n", "19", str(toolchains.go(self.go)), *arguments]
        env = toolchains.environment(self.go, GOMAXPROCS="1", **extra)
        done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False)
        if done.returncode:
            raise toolchains.BuildError(f"{' '.join(command)}:\n{done.stderr}")
        return done.stdout


#: By name, each with another Go version. NATS is the quickest to build, Prometheus
#: by far the slowest; Caddy and Prometheus are over 50 MB.
SERVICES = {
    service.name: service
    for service in (
        ThirdParty("nats", "github.com/nats-io/nats-server/v2", "v2.15.2", "1.27"),
        ThirdParty("caddy", "github.com/caddyserver/caddy/v2/cmd/caddy", "v2.11.9", "1.26"),
        ThirdParty(
            "prometheus",
            "github.com/prometheus/prometheus/cmd/prometheus",
            "v0.307.3",
            "1.24",
            module="github.com/prometheus/prometheus",
        ),
    )
}


def main(names: list[str]) -> None:
    for name in names or SERVICES:
        binary = SERVICES[name].build()
        print(f"{binary}  {binary.stat().st_size / 1e6:.0f} MB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
