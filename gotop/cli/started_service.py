"""The service that gotop started: stopping it, waiting for it, its exit code, and what is left to be removed."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

from gotop.agent.child import Child
from gotop.agent.launch import SHORT_GRACE_S, Agent, LaunchSpec, start
from gotop.agent.locate_agent import agent_binary
from gotop.agent.protocol import Ended
from gotop.agent.session_store import SessionRecord, new_session
from gotop.agent.sockets import check_free, remove_socket
from gotop.cli import output
from gotop.cli.options import HookOptions
from gotop.cli.prepare_target import PreparedTarget
from gotop.cli.progress import Progress
from gotop.printable import MultilineText


class Service:
    """A started service with its agent. It works on when the agent is dead: the service is our child then."""

    def __init__(self, agent: Agent, prepared: PreparedTarget) -> None:
        self.agent = agent
        self.prepared = prepared
        self._asked = False

    @property
    def session(self) -> SessionRecord:
        """Where its socket and its output are."""
        return self.agent.session

    @property
    def child(self) -> Child:
        """The service's process; only once `started` has returned."""
        assert self.agent.service is not None
        return self.agent.service

    def started(self) -> None:
        """Wait until it runs with its hooks in place. Raises LaunchError."""
        self.agent.started()

    def note_asked(self) -> None:
        """Note that it is asked to stop: whatever becomes of the agent that is to do it, the end is one as asked."""
        self._asked = True

    @property
    def asked(self) -> bool:
        """Whether it was asked to end, by us or through the agent."""
        return self._asked

    async def end_directly(self, grace: float) -> Ended:
        """Stop it without the agent: SIGTERM, after the grace period SIGKILL."""
        self.note_asked()
        self.child.send_signal(signal.SIGTERM)
        if not await self.child.wait_async(grace):
            self.child.send_signal(signal.SIGKILL)
        return await self.wait()

    async def agent_gone(self) -> None:
        """Return when the agent has ended, killed or by itself."""
        await self.agent.process.wait_async()

    async def wait(self) -> Ended:
        """Wait for its end without the agent."""
        await self.child.wait_async()
        return self._ending()

    def abandon(self) -> None:
        """End at once what still runs, when gotop itself is leaving without having waited for it."""
        if self.agent.service is None:
            self.agent.abandon()
        else:
            self.child.terminate(SHORT_GRACE_S)

    def keep(self) -> None:
        """Leave it running, and say where it is to be found."""
        self.agent.session = replace(self.session, kept=True)
        if self.prepared.built:
            self.prepared.built.directory.keep_for(self.child.pid)
        with contextlib.suppress(OSError):  # a full disk; then the record of its start stays, if there is one
            self.session.save()
        output.say(
            MultilineText(
                f"the service runs on as process {self.child.pid}.",
                f"  join it:    gotop attach {self.session.socket}",
                f"  its output: {self.session.directory}/stdout.log and stderr.log, until the next gotop after its end",
                f"  stop it:    kill {self.child.pid}",
            )
        )

    def clean_up(self) -> None:
        """Remove what was made for this run, unless the service was kept."""
        if not self.session.kept:
            self.session.remove()
            remove_socket(self.session.socket)
            self.prepared.clean_up()

    def _ending(self) -> Ended:
        status = self.child.reap()
        code = os.waitstatus_to_exitcode(status) if status is not None else None
        return Ended(
            at=time.monotonic_ns(),
            code=code if code is not None and code >= 0 else None,
            signal=-code if code is not None and code < 0 else None,
            core=status is not None and os.WCOREDUMP(status),
            by_us=self._asked,
            detached=False,
        )


def launch_service(
    prepared: PreparedTarget, args: tuple[str, ...], output: str, socket: Path | None, hooks: HookOptions
) -> Service:
    """Start the agent, which starts the service; returns at once. Raises what `gotop.cli.errors` tells people."""
    if socket:
        check_free(socket)
    with Progress("Preparing the agent") as progress:
        program = agent_binary(progress.update)
    session = replace(new_session(socket), exe=prepared.exe)
    spec = LaunchSpec(
        prepared.exe, args, prepared.plan, hooks.mode, hooks.depth, output, rate=hooks.rate, budget=hooks.budget,
        attribution=hooks.attribution, memory=hooks.memory,
    )  # fmt: skip
    try:
        return Service(start(program, spec, session), prepared)
    except BaseException:
        session.remove()
        raise


def exit_code(ended: Ended | None, ended_as_asked: bool) -> int:
    """What gotop passes on: the service's own code, or 128 + signal; 0 for a signal that gotop sent.

    `ended_as_asked`: gotop was asked to end the service at some time, so that whatever it says then is no failure.
    """
    if ended is None or ended.detached or (ended.by_us and (ended_as_asked or ended.signal is not None)):
        return 0
    return 128 + ended.signal if ended.signal is not None else ended.code or 0
