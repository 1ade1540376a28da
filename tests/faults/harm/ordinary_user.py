"""An ordinary user: gotop and a service that have no rights of root's, also where the tests run as root."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Any

from tests.cli.running import Runner, command
from tests.faults.harm.harmed import binary
from tests.faults.test_refusals import NOBODY, as_nobody, given_agent, shared

ROOT = os.geteuid() == 0


class OrdinaryUser:
    """Runs gotop, and has a copy of the service. `uid` where it is to be nobody else's, and root is there to say so."""

    def __init__(self, gotop: Runner, uid: int = NOBODY) -> None:
        home, self._uid = gotop.home, uid
        self.program = binary()
        self.environment = dict(gotop.environment)
        if ROOT:
            place = shared(home)
            given_agent(place)
            self.program = place / binary().name
            shutil.copy(binary(), self.program)
            runtime = home / "runtime"
            runtime.mkdir(mode=0o700)
            os.chown(runtime, uid, uid)
            self.environment |= {"PYTHONPATH": str(place), "HOME": "/nonexistent", "XDG_RUNTIME_DIR": str(runtime)}

    def become(self) -> None:
        """For `preexec_fn`: be that user."""
        if ROOT:
            os.setgroups([])
            os.setgid(self._uid)
            os.setuid(self._uid)

    def words(self, *arguments: object) -> list[str]:
        """gotop's command line."""
        return as_nobody(*arguments, user=self._uid) if ROOT else command(*arguments)

    def run(self, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        """gotop, to its end."""
        defaults = {"env": self.environment, "stdin": subprocess.DEVNULL, "timeout": 240, "cwd": "/"}
        return subprocess.run(
            self.words(*arguments), capture_output=True, text=True, check=False, **{**defaults, **options}
        )

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """gotop, in the background."""
        return subprocess.Popen(
            self.words(*arguments), env=self.environment, cwd="/", stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
