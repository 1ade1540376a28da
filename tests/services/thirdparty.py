"""Well-known services of others, built unmodified from the Go module proxy, for runs under real load.

    python -m tests.services.thirdparty            # builds them all (minutes; politely, in one process)
    python -m tests.services.thirdparty nats       # builds one, prints its path

Each is `go install PACKAGE@VERSION` with a pinned version and nothing else: no patch, no build tag, no flag of ours.
"""

from __future__ import annotations

import dataclasses
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

    @property
    def binary(self) -> Path:
        """Where the binary is, or will be."""
        return toolchains.cache_dir() / "services" / f"{self.name}-{self.version}-go{toolchains.full_version(self.go)}"

    def build(self) -> Path:
        """The binary, built on the first call."""
        if not self.binary.exists():
            self.binary.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.binary.parent) as scratch:
                env = toolchains.environment(self.go, GOBIN=scratch, GOMAXPROCS="1")
                command = ["nice", "-n", "19", str(toolchains.go(self.go)), "install", "-p", "1"]
                command.append(f"{self.package}@{self.version}")
                done = subprocess.run(command, env=env, cwd=scratch, capture_output=True, text=True, check=False)
                if done.returncode:
                    raise toolchains.BuildError(f"{self.package}@{self.version}:\n{done.stderr}")
                (made,) = (path for path in Path(scratch).iterdir() if os.access(path, os.X_OK))
                shutil.move(made, self.binary)
        return self.binary


#: By name, each with another Go version. NATS is the quickest to build; Prometheus is the one of well over 50 MB.
SERVICES = {
    service.name: service
    for service in (
        ThirdParty("nats", "github.com/nats-io/nats-server/v2", "v2.15.2", "1.27"),
        ThirdParty("caddy", "github.com/caddyserver/caddy/v2/cmd/caddy", "v2.11.9", "1.26"),
        ThirdParty("prometheus", "github.com/prometheus/prometheus/cmd/prometheus", "v0.307.3", "1.24"),
    )
}


def main(names: list[str]) -> None:
    for name in names or SERVICES:
        binary = SERVICES[name].build()
        print(f"{binary}  {binary.stat().st_size / 1e6:.0f} MB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
