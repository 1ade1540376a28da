"""Which exceptions are answers to the user, and how they are told: what happened, to what, what to do now."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import click

from gotop.agent.build_agent import BuildError
from gotop.agent.errors import AgentError
from gotop.agent.launch import LaunchError
from gotop.agent.recording import RecordingError
from gotop.agent.session_store import UnsafeDirectory
from gotop.agent.sockets import SocketProblem
from gotop.gobuild.build import BuildFailed, GoMissing
from gotop.gobuild.target import TargetError
from gotop.golang.errors import BinaryError


class Refusal(Exception):  # noqa: N818 (named for what it does)
    """gotop will not do what was asked; the text says why."""


PEOPLE_ERRORS = (
    Refusal, AgentError, BinaryError, LaunchError, RecordingError, UnsafeDirectory, SocketProblem, BuildError,
    BuildFailed, GoMissing, TargetError,
)  # fmt: skip


def print_error(error: Exception) -> None:
    """Print it on stderr. The compiler's output stands alone: it is what the user would have seen from `go build`."""
    if isinstance(error, BuildFailed):
        click.echo(error.output, err=True, nl=not error.output.endswith("\n"))
    else:
        click.echo(f"gotop: {error}", err=True)


def print_system_error(error: OSError) -> None:
    """What the system refused, and for which file: a full disk, a directory that cannot be written to."""
    what = error.strerror or str(error) or type(error).__name__
    click.echo(f"gotop: {error.filename}: {what}." if error.filename else f"gotop: {what}.", err=True)


def print_internal_error(error: Exception) -> None:
    """A mistake of gotop's own: one line to report, and on request all of it."""
    if os.environ.get("GOTOP_TRACEBACK"):
        traceback.print_exception(error)
        return
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    click.echo(
        f"gotop: this is a mistake in gotop itself: {type(error).__name__}{where}: {error}\n"
        "Run it again with GOTOP_TRACEBACK=1 for the details that a report needs.",
        err=True,
    )


def print_screen_broke(broke: Exception) -> None:
    """The screen ended by a mistake, which is told; what it showed goes on."""
    click.echo("gotop: the screen broke off; the service is not affected by it.", err=True)
    if isinstance(broke.__cause__, Exception):
        print_internal_error(broke.__cause__)
