"""The `detach` command."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import click

from gotop.agent.launch import LaunchError
from gotop.agent.locate_agent import agent_binary
from gotop.agent.permission import NO_PROC, explain_refusal
from gotop.cli import output
from gotop.cli.attach_process import executable
from gotop.cli.errors import Refusal
from gotop.cli.progress import Progress
from gotop.golang.binary import GoBinary
from gotop.golang.plan import plan_of

TIMEOUT_S = 60.0  # it takes milliseconds, and some seconds where a thread does not stop


@click.command("detach")
@click.argument("pid", type=click.IntRange(min=1))
def command(pid: int) -> int:
    """Take gotop's hooks out of a process.

    For a process whose agent was killed, or could not leave it because a debugger was there, a thread could not be
    stopped, or it had become one that may not be traced. It stands still for about a millisecond, gets its own code
    back, and the memory of the tables is freed. A process that is being monitored is left as it is: its agent does
    that when the last viewer leaves.
    """
    output.write_lines([take_out(pid)])
    return 0


def take_out(pid: int) -> str:
    """Take the hooks out of a process, and return what was done, for people.

    Raises LaunchError, Refusal, BinaryError.
    """
    if not Path("/proc/self").exists():
        raise Refusal(NO_PROC)
    exe = executable(pid)
    with Progress("Preparing the agent") as progress:
        program = agent_binary(progress.update)
    with Progress(f"Reading {exe}"):
        plan = plan_of(GoBinary.open(exe)).to_json()
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "plan.json")
        file.write_text(plan)
        order = [str(program), "detach", "--plan", str(file), "--pid", str(pid)]
        try:
            ended = subprocess.run(order, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise LaunchError("timeout", f"The agent did not come back within {TIMEOUT_S:.0f} seconds.") from None
    return _answer(ended.stdout, ended.stderr)


def _answer(out: str, err: str) -> str:
    try:
        status = json.loads(out)
        ok, code, text = bool(status["ok"]), str(status.get("code", "agent")), str(status["text"])
    except (ValueError, KeyError, TypeError):
        raise LaunchError("agent", f"The agent's answer was not understood: {(out or err)[:2000]!r}.") from None
    if not ok:
        raise LaunchError(code, f"{text}\n{explain_refusal()}" if code == "permission" else text)
    return text
