"""Which exceptions are answers to the user, and how they are told: what happened, to what, what to do now."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

from gotop.agent.build_agent import BuildError
from gotop.agent.errors import AgentError
from gotop.agent.launch import LaunchError
from gotop.agent.recording import RecordingError
from gotop.agent.session_store import UnsafeDirectory
from gotop.agent.sockets import SocketProblem
from gotop.cli import output
from gotop.cli.output import OutputLost
from gotop.gobuild.build import BuildFailed, GoMissing
from gotop.gobuild.target import TargetError
from gotop.golang.errors import BinaryError
from gotop.printable import MultilineText


class Refusal(Exception):  # noqa: N818 (named for what it does)
    """gotop will not do what was asked; the text says why."""


PEOPLE_ERRORS = (
    Refusal, AgentError, BinaryError, LaunchError, RecordingError, UnsafeDirectory, SocketProblem, BuildError,
    BuildFailed, GoMissing, TargetError, OutputLost,
)  # fmt: skip


def print_error(error: Exception) -> None:
    """Print it on stderr. The compiler's output stands alone: it is what the user would have seen from `go build`."""
    if isinstance(error, BuildFailed):
        output.say_text(error.output)
    elif isinstance(error, BuildError):  # what the compiler said of gotop's own sources is in it
        output.say(MultilineText(*str(error).split("\n")))
    else:
        output.say(error)


def print_system_error(error: OSError) -> None:
    """What the system refused, and for which file: a full disk, a directory that cannot be written to."""
    what = error.strerror or str(error) or type(error).__name__
    file = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes | os.PathLike) else ""
    output.say(f"{file}: {what}." if file else f"{what}.")


def print_internal_error(error: Exception) -> None:
    """A mistake of gotop's own: one line to report, and on request all of it."""
    if os.environ.get("GOTOP_TRACEBACK"):
        output.say_text("".join(traceback.format_exception(error)))
        return
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    output.say(
        MultilineText(
            f"this is a mistake in gotop itself: {type(error).__name__}{where}: {error}",
            "Run it again with GOTOP_TRACEBACK=1 for the details that a report needs.",
        )
    )


def print_screen_broke(broke: Exception) -> None:
    """The screen ended by a mistake, which is told; what it showed goes on."""
    output.say("the screen broke off; the service is not affected by it.")
    if isinstance(broke.__cause__, Exception):
        print_internal_error(broke.__cause__)
