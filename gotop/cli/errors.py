"""Which exceptions are answers to the user, and how they are told: what happened, to what, what to do now."""

from __future__ import annotations

import click

from gotop.agent.errors import AgentError
from gotop.agent.launch import LaunchError
from gotop.agent.paths import UnsafeDirectory
from gotop.agent.recording import RecordingError
from gotop.agent.sockets import SocketProblem
from gotop.agent.source import BuildError
from gotop.gobuild.build import BuildFailed, GoMissing
from gotop.gobuild.target import TargetError
from gotop.golang.errors import BinaryError


class Refusal(Exception):  # noqa: N818 (named for what it does)
    """gotop will not do what was asked; the text says why."""


PEOPLE_ERRORS = (
    Refusal, AgentError, BinaryError, LaunchError, RecordingError, UnsafeDirectory, SocketProblem, BuildError,
    BuildFailed, GoMissing, TargetError,
)  # fmt: skip


def tell(error: Exception) -> None:
    """Print it on stderr. The compiler's output stands alone: it is what the user would have seen from `go build`."""
    if isinstance(error, BuildFailed):
        click.echo(error.output, err=True, nl=not error.output.endswith("\n"))
    else:
        click.echo(f"gotop: {error}", err=True)
