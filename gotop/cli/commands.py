"""gotop's command line: which commands there are, and what becomes of their errors."""

from __future__ import annotations

import contextlib
import importlib
import signal
import sys
from types import FrameType

import click

from gotop import __version__
from gotop.agent.build_store import remove_dead_builds
from gotop.agent.session_store import UnsafeDirectory, remove_dead_sessions
from gotop.cli import output
from gotop.cli.errors import PEOPLE_ERRORS, print_error, print_internal_error, print_screen_broke, print_system_error
from gotop.cli.screen import ScreenBroke

COMMANDS = (
    "run", "attach", "ps", "detach", "replay", "export", "demo", "web", "inspect", "explain", "docs", "completion",
)  # fmt: skip


class Commands(click.Group):
    """Imports only the module of the command that is called: a monitor has to open at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which one comes to need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command's object is called `command` in the module of its name."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"gotop.cli.{name}").command
        return command


DOCUMENTATION = "Documentation: gotop docs"


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=f"{DOCUMENTATION}, and gotop docs guide for the first page of it.",
)
@click.version_option(__version__, "--version", prog_name="gotop", message=f"%(prog)s %(version)s\n{DOCUMENTATION}")
def cli() -> None:
    """See what a Go program allocates, live: how fast, where, which types, and what the garbage collector makes of it.

    \b
      gotop demo                  opens the monitor on a sample service
      gotop run ./service         a package, an import path, a .go file or a program
      gotop attach                joins a service that is monitored already
    """
    with contextlib.suppress(UnsafeDirectory, OSError):  # who needs the place is told what is wrong with it
        remove_dead_sessions()
    with contextlib.suppress(UnsafeDirectory, OSError):
        remove_dead_builds()


def guarded() -> int:
    """Run a command; exceptions for people become a sentence on stderr and an exit code."""
    try:
        output.prepare()
        _answer_signals()
        code = cli.main(prog_name="gotop", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        output.say_usage(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return 128 + signal.SIGINT
    except BrokenPipeError:
        output.discard_output()
        return 128 + signal.SIGPIPE
    except PEOPLE_ERRORS as error:
        print_error(error)
        return 1
    except OSError as error:
        print_system_error(error)
        return 1
    except ScreenBroke as error:
        print_screen_broke(error)
        return 1
    except MemoryError:
        output.say("there is not enough memory for this. Try it with fewer sites, or raise the limit (ulimit -v).")
        return 1
    except Exception as error:
        print_internal_error(error)
        return 1


def _answer_signals() -> None:
    """Unwind on them, so that what was started or written so far is cleaned up. What nohup ignores stays ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)


def _leave(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)
