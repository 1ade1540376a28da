"""gotop with an agent that is stopped short, or stops others short, at a step of its work: see `stepper`."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from gotop.agent import locate_agent
from gotop.agent.build_agent import STAMP, source_hash
from gotop.agent.locate_agent import agent_binary
from tests.cli.running import Runner

STEPPER = Path(__file__).with_name("stepper.py")


class Steps:
    """A runner's agent from now on kills at a step."""

    def __init__(self, gotop: Runner, phase: str, number: int, victim: str, service: int = 0) -> None:
        real = agent_binary()
        self.log = gotop.home / "steps.log"
        place = gotop.home / "cache/gotop/agent" / source_hash(locate_agent.CHECKOUT)[:16]
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(real.parent / STAMP, place / STAMP)
        program = place / "hookagent"
        program.write_text(f"#!{sys.executable} -SE\n{STEPPER.read_text()}")
        program.chmod(0o755)
        gotop.environment |= {
            "XDG_CACHE_HOME": str(gotop.home / "cache"),
            "GOTOP_STEP_AGENT": str(real),
            "GOTOP_STEP_LOG": str(self.log),
            "GOTOP_STEP": f"{phase}:{number}:{victim}",
        }
        if service:
            gotop.environment["GOTOP_STEP_SERVICE"] = str(service)
        assert not os.environ.get("GOTOP_STEP")

    def lines(self) -> list[str]:
        """What the agent did, a line a step."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def killed(self) -> bool:
        """Whether the step was reached."""
        return any(line.startswith("killed ") for line in self.lines())
