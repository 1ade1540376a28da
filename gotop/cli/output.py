"""All that gotop writes to stdout and stderr goes through here, see `gotop.printable`.

What the output's encoding lacks is replaced: a report is not lost to a locale. No other module prints.
"""

from __future__ import annotations

import errno
import io
import os
import shutil
import sys
from collections.abc import Iterable
from typing import Any

import click

from gotop.printable import as_json, lines_of, printable, printable_lines


class OutputLost(Exception):  # noqa: N818 (named for what happened)
    """Stdout took nothing; the text says why, for people."""


def prepare() -> None:
    """To be called first: every standard descriptor is open, and takes any character.

    Where one is closed (`>&-`) the next file that is opened would get its number, and what is printed would go there.
    """
    for number, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            # Open for reading only, stdout still fails as a closed one does, so that a lost report is an error.
            os.open(os.devnull, mode)  # takes the lowest free number, which is this
            os.set_inheritable(number, True)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def terminal_width() -> int | None:
    """Return the columns of the terminal that stdout is, None where it is none: what is piped is not cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def cut_to_terminal(line: str) -> str:
    """Return a line for people, its end cut where the terminal that stdout is has no room for it."""
    line, width = printable(line), terminal_width()
    return line if width is None or len(line) <= width else line[: width - 1] + "…"


def write_lines(lines: Iterable[str]) -> None:
    """Lines on stdout; a line break in one of them is shown, not made."""
    _put("".join(f"{printable(line)}\n" for line in lines))


def write_text(document: str) -> None:
    """A document on stdout whose line breaks are meant."""
    _put(printable_lines(document.removesuffix("\n")) + "\n")


def write_paged(document: str) -> None:
    """A document on stdout, in the user's pager where that is a terminal."""
    if sys.stdout.isatty():
        click.echo_via_pager(printable_lines(document))
    else:
        write_text(document)


def write_json(document: Any, indent: int | None = None) -> None:
    """A document on stdout as JSON."""
    _put(as_json(document, indent) + "\n")


def write_bytes(data: bytes) -> None:
    """A document on stdout whose format knows no control characters, or that is for no terminal."""
    _put(data)


def say(message: BaseException | str, prefix: str = "gotop: ") -> None:
    """A message for people, on stderr. Only of `gotop.printable.MultilineText` are line breaks made."""
    click.echo(prefix + "\n".join(map(printable, lines_of(message))), err=True)


def say_text(text: str) -> None:
    """What another program said, on stderr, with its line breaks and indentation."""
    click.echo(printable_lines(text.expandtabs(8).removesuffix("\n")), err=True)


def say_usage(error: click.ClickException) -> None:
    """What is wrong with the command line, on stderr."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        click.echo(printable_lines(context.get_usage()), err=True)
        if names := [name for name in context.help_option_names if context.command.get_help_option(context)]:
            click.echo(f"Try '{context.command_path} {max(names, key=len)}' for help.\n", err=True)
    say(error.format_message(), "Error: ")


def choose(message: str, most: int) -> int:
    """Ask for a number from 1 to `most`, on stderr."""
    number: int = click.prompt(message, type=click.IntRange(1, most), err=True)
    return number


def redraw_line(text: str) -> None:
    """Replace the terminal's current line, on stderr."""
    sys.stderr.write(f"\r\x1b[2K{printable(text)}")
    sys.stderr.flush()


def discard_output() -> None:
    """Nobody reads any more: what is left in buffers goes nowhere, without Python's complaints."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _put(text: str | bytes) -> None:
    """At once, so that what goes wrong is told by who can."""
    try:
        sys.stdout.flush()
        if isinstance(text, bytes):
            sys.stdout.buffer.write(text)
        else:
            sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        closed = error.errno == errno.EBADF
        discard_output()  # what is left in the buffer fails again at the end
        why = "standard output is closed" if closed else f"{error.strerror} on standard output"
        raise OutputLost(f"The output is lost: {why}.") from error
